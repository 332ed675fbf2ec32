"""Read what an OpenAI-compatible server answers: samples, finish reasons, token log-probabilities, usage.

Chat and raw completion differ in where the text is; log-probabilities come as a list of tokens (chat, llama.cpp)
or as parallel arrays (the older raw completion). What is not there is left empty; what contradicts the protocol
is a transient `ModelError`, for a half answer is the usual reason.

Leaves out: calls of tools by the server's own syntax, and reasoning that a server returns beside the text.
"""

from typing import Any

from trialrun.models.protocol import Finish, ModelError, Response, Sample, Token, Usage

FINISH = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "length": Finish.LENGTH,
    "content_filter": Finish.REFUSED,
}


def read_response(answer: Any, address: str) -> Response:
    """Return the samples of a decoded answer, in the order of their indices."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not choices or not all(isinstance(one, dict) for one in choices):
        raise ModelError(f"{address} sent an answer without samples", transient=True)
    ordered = sorted(choices, key=lambda choice: _number(choice.get("index")))
    return Response(
        samples=tuple(_sample(choice, address) for choice in ordered),
        usage=read_usage(answer.get("usage")),
        model=_text(answer.get("model")),
        server=_text(answer.get("system_fingerprint")),
    )


def read_usage(usage: Any) -> Usage:
    """Return the tokens that a server counted; zero where it does not say."""
    if not isinstance(usage, dict):
        return Usage()
    return Usage(
        prompt_tokens=_number(usage.get("prompt_tokens")),
        output_tokens=_number(usage.get("completion_tokens")),
    )


def _sample(choice: dict[str, Any], address: str) -> Sample:
    message = choice.get("message")
    source = message if isinstance(message, dict) else choice
    text = source.get("content" if source is message else "text")
    finish = FINISH.get(_text(choice.get("finish_reason")), Finish.OTHER)
    if text is None and source is message:
        refusal = message.get("refusal")
        finish = Finish.REFUSED if refusal else finish
        text = ""
    if not isinstance(text, str):
        raise ModelError(f"{address} sent a sample without text", transient=True)
    return Sample(text=text, finish=finish, tokens=_tokens(choice.get("logprobs")))


def _tokens(logprobs: Any) -> tuple[Token, ...] | None:
    if not isinstance(logprobs, dict):
        return None
    content = logprobs.get("content")
    if isinstance(content, list):
        return tuple(_token(entry) for entry in content if isinstance(entry, dict))
    texts, values = logprobs.get("tokens"), logprobs.get("token_logprobs")
    if not isinstance(texts, list) or not isinstance(values, list):
        return None
    tops = logprobs.get("top_logprobs")
    rows = tops if isinstance(tops, list) else [None] * len(texts)
    return tuple(
        Token(
            text=_text(text),
            logprob=_float(value),
            top=_likeliest(row.items() if isinstance(row, dict) else ()),
        )
        for text, value, row in zip(texts, values, rows, strict=False)
    )


def _token(entry: dict[str, Any]) -> Token:
    top = entry.get("top_logprobs")
    rows = [one for one in top if isinstance(one, dict)] if isinstance(top, list) else []
    pairs = [(one.get("token"), one.get("logprob")) for one in rows]
    return Token(
        text=_text(entry.get("token")),
        logprob=_float(entry.get("logprob")),
        top=_likeliest(pairs),
        raw=_raw(entry.get("bytes")),
    )


def _raw(numbers: Any) -> bytes | None:
    try:
        return bytes(numbers) if isinstance(numbers, list) else None
    except (TypeError, ValueError):
        return None


def _likeliest(pairs: Any) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((_text(text), _float(value)) for text, value in pairs), key=lambda pair: -pair[1]))


def _float(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("-inf")


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
