r"""Log-probability of a given continuation, on a server that takes grammars but does not echo prompts.

A grammar that allows only the continuation makes the server write it; the log-probabilities that llama.cpp
reports are those before the grammar, so their sum is the model's own. The tokens may be cut differently than
the tokenizer would cut them; `canonical` tells.

Leaves out: servers without a grammar.
"""

from collections.abc import Sequence
from typing import Any

from trialrun.core.printable import printable
from trialrun.models.protocol import ModelError, Scored, Token


def literal_grammar(text: str) -> str:
    r"""Return the GBNF grammar that allows exactly `text`.

    >>> print(literal_grammar('return "a\n"'))
    root ::= "return \"a\n\""
    """
    return f'root ::= "{"".join(map(_escaped, text))}"'


def tokens_needed(text: str) -> int:
    """Return a bound on the tokens of `text`: its bytes, and the end."""
    return len(text.encode("utf-8", "surrogatepass")) + 1


def scored(tokens: Sequence[Token], continuation: str, *, whole: list[Any], before: list[Any]) -> Scored:
    """Add up the tokens of a literal completion, checked to be exactly `continuation`.

    `whole` and `before` are the tokenizer's own pieces of prompt + continuation and of the prompt.
    """
    pieces = [token.raw if token.raw is not None else token.text.encode() for token in tokens]
    wanted = continuation.encode()
    kept = 0
    written = b""
    while kept < len(pieces) and len(written) < len(wanted):
        written += pieces[kept]
        kept += 1
    if written != wanted:
        raise ModelError(
            f"the server wrote {printable(written.decode(errors='replace'), 120)!r} "
            f"where the grammar allows only {printable(continuation, 120)!r}"
        )
    logprobs = tuple(token.logprob for token in tokens[:kept])
    own = [_bytes(piece) for piece in whole]
    return Scored(
        tokens=tuple(token.text for token in tokens[:kept]),
        logprobs=logprobs,
        total=sum(logprobs),
        canonical=own == [_bytes(piece) for piece in before] + pieces[:kept],
    )


def _bytes(piece: Any) -> bytes:
    return bytes(piece) if isinstance(piece, list) else str(piece).encode()


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
