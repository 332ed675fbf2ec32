"""Number lifting: from a solved problem to its family, its program, and the replay of other members."""

from fractions import Fraction

import pytest

from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import program_of
from trialrun.lang.lifting import NotLifted, lift
from trialrun.lang.number_literals import Template, in_words, literals, meant

DUCKS = Solved(
    problem="Ducks lay 16 eggs a day. Ann eats three of them and bakes with 4. She sells the rest for $2 each. What "
    "does she earn?",
    solution="She sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe earns 9 * 2 = $<<9*2=18>>18.",
    answer="18",
)


def solved(problem: str, solution: str, answer: str) -> Solved:
    return Solved(problem=problem, solution=solution, answer=answer)


def made(family):
    """Run our own program here."""
    space = {}
    exec(program_of(family), space)
    return space["Problem"]()


def test_a_family_has_the_numbers_of_the_text_as_parameters():
    family = lift(DUCKS)
    assert sorted(family.original().values()) == [2, 3, 4, 16] and family.original()["eggs"] == 16
    assert not family.ambiguous


def test_the_program_gives_seed_and_other_members_which_the_replay_confirms():
    family, problem = lift(DUCKS), made(lift(DUCKS))
    assert problem.render(problem.original()) == DUCKS.problem and problem.solve(problem.original()) == 18
    texts = set()
    for seed in range(50):
        drawn = problem.sample(seed)
        assert drawn == problem.sample(seed)
        replayed = family.replay(problem.render(drawn))
        assert replayed.answer == problem.solve(drawn) > 0 and not replayed.broken
        texts.add(problem.render(drawn))
    assert len(texts) > 40
    assert any("eats five of them" in text for text in texts), "words are written back as words"


def test_a_text_of_another_family_is_not_replayed():
    family = lift(DUCKS)
    assert family.replay(DUCKS.problem.replace("Ducks", "Geese")) is None
    assert family.replay(DUCKS.problem.replace("16", "sixteen")) is None
    assert family.replay(DUCKS.problem.replace("16 eggs", "20 eggs")).answer == 26
    assert family.replay("x" * 100_000) is None


def test_negative_and_fractional_members_break_conditions():
    family = lift(DUCKS)
    negative = family.replay(DUCKS.problem.replace("16", "5"))
    assert negative.answer == -4 and negative.broken
    people = solved("12 people form 3 teams. How many are in one?", "<<12/3=4>>4", "4")
    assert lift(people).replay(people.problem.replace("12", "13")).broken == ("whole of step 1",)


def test_three_more_than_twelve_fourths_tries_both_readings():
    text = "Tom has 3 more than 12/4 apples. How many?"
    family = lift(solved(text, "12/4=<<12/4=3>>3. 3+3=<<3+3=6>>6", "6"))
    assert sorted(family.original().values()) == [3, 4, 12]
    other = family.replay(text.replace("3 more", "5 more").replace("12/4", "24/4"))
    assert other.answer == 11, "one 3 is the step, the other the text's"


def test_a_literal_binds_to_the_step_before_the_text():
    text = "A box holds 6 rows of 2 eggs; the shelf holds 12 boxes. How many eggs?"
    family = lift(solved(text, "<<6*2=12>>12 and <<12*12=144>>144", "144"))
    assert family.replay(text.replace("12 boxes", "10 boxes")).answer == 120


def test_per_cent_is_a_hundredth_what_is_left_or_what_is_added():
    for literal, answer in (
        ("0.4", "80"),
        ("0.6", "120"),
        ("1.4", "280"),
        ("40*.01", "80"),
        ("40/100", "80"),
    ):
        text = "Of 200 pages 40% are read. How many?"
        family = lift(solved(text, f"<<200*{literal}={answer}>>", answer))
        assert set(family.original().values()) == {200, 40}
        half = family.replay(text.replace("40%", "50%")).answer
        assert half == {"80": 100, "120": 100, "280": 300}[answer]


def test_a_fraction_of_the_text_may_be_a_decimal_of_the_solution():
    text = "He ate 3/4 of 80 nuts. How many?"
    family = lift(solved(text, "<<80*.75=60>>60", "60"))
    assert family.replay(text.replace("3/4", "1/4")).answer == 20
    assert family.replay(text.replace("3/4", "5/4")).broken, "more than all of them"


@pytest.mark.parametrize(
    ("word", "expression", "answer"),
    [
        ("twice as many as", "2*6", "12"),
        ("half as many as", "6/2", "3"),
        ("a dozen for each of", "6*12", "72"),
    ],
)
def test_words_that_cannot_be_written_back_are_no_parameters(word, expression, answer):
    text = f"Ann has {word} Ben's 6 figs. How many?"
    family = lift(solved(text, f"<<{expression}={answer}>>", answer))
    assert list(family.original().values()) == [6]
    assert word in made(family).render(made(family).sample(1))


def test_units_count_only_where_the_text_is_about_them():
    assert lift(solved("A film lasts 2 hours. How many minutes?", "<<2*60=120>>", "120")).original()
    with pytest.raises(NotLifted, match="from nowhere"):
        lift(solved("A film lasts 2 apples. How many pears?", "<<2*60=120>>", "120"))


def test_a_number_said_again_changes_with_it():
    text = "Each of 20 sheep eats 3 kg. How much do the 20 sheep eat?"
    family = lift(solved(text, "<<20*3=60>>", "60"))
    drawn = made(family).sample(5)
    shown = made(family).render(drawn)
    assert shown.count(f"{drawn['sheep']} sheep") == 2
    assert family.replay(text.replace("20 sheep eats", "30 sheep eats")) is None


def test_two_readings_with_other_answers_are_told():
    text = "He runs 3 sprints of 3 minutes. How long, with a break of 1?"
    assert not lift(solved(text, "<<3*3=9>>", "9")).ambiguous, "a product does not care which is which"
    assert lift(solved("He has 3 figs and 3 nuts, and eats one of the figs.", "<<3*1=3>>", "3")).ambiguous


@pytest.mark.parametrize(
    ("solution", "answer", "why"),
    [
        ("no steps", "18", "no annotated steps"),
        ("<<16-3-4=9>>", "18", "not the answer"),
        ("<<16-3-4=10>> <<10+8=18>>", "18", "rounded or wrong"),
        ("<<2**3=8>>", "8", "no arithmetic"),
        ("<<1/0=1>>", "1", "division by 0"),
        ("<<17+1=18>>", "18", "from nowhere"),
        ("<<9*2=18>>" * 70, "18", "too many"),
    ],
)
def test_what_cannot_be_lifted_says_why(solution, answer, why):
    with pytest.raises(NotLifted, match=why):
        lift(solved(DUCKS.problem, solution, answer))


def test_numbers_keep_their_style():
    text = "It costs $1,250.50, or .5 of 2 1/2; on the 3rd at 7 am, 12:30, he has Twelve."
    found = literals(text)
    assert [str(one.value) for one in found] == ["2501/2", "1/2", "5/2", "3", "7", "12", "12"]
    price = found[0]
    assert price.written(Fraction(2000)) == "2,000.00" and price.read("2,000.00") == 2000
    assert price.read("2000.00") is None and price.written(Fraction(1, 3)) is None
    assert [one.free for one in found] == [True, False, False, False, False, False, True]
    assert found[-1].written(Fraction(21)) == "Twenty-one" and found[-1].written(Fraction(500)) is None
    assert in_words(Fraction(40)) == "forty" and in_words(Fraction(-1)) is None
    assert set(meant("twice a dozen")) == {2, 12, 1}


def test_a_template_reads_what_it_renders():
    text = "  Put 2 eggs\n and 10  nuts. "
    found = literals(text)
    template = Template(text, ((found[0], "a"), (found[1], "b")))
    assert template.read(template.render({"a": Fraction(5), "b": Fraction(7)})) == {"a": 5, "b": 7}
    assert template.read("Put 5 eggs and 7 nuts.") == {"a": 5, "b": 7}
    assert template.read("Put 5 eggs and 7 nutz.") is None


def test_words_around_a_number_say_which_of_equal_ones_is_meant():
    text = "A bag holds 3 figs. A jar costs 3 dollars. What do 5 jars cost?"
    family = lift(solved(text, "The 5 jars cost 5*3=<<5*3=15>>15 dollars", "15"))
    assert family.replay(text.replace("3 dollars", "4 dollars")).answer == 20 and family.ambiguous


def test_per_cent_is_no_plain_number_where_another_could_be_meant():
    text = "A pan costs $20 and is 20% off. What does it cost?"
    family = lift(solved(text, "It is 20*.2=<<20*.2=4>>4 off, so 20-4=<<20-4=16>>16", "16"))
    assert family.replay(text.replace("$20", "$30")).answer == 24 and not family.ambiguous


def test_a_step_that_works_nothing_out_is_no_step():
    with pytest.raises(NotLifted, match="nowhere"):
        lift(solved("He has $5 and buys some figs.", "So x is <<5=5>>5", "5"))


def test_twice_and_the_number_two_are_told_apart_or_called_ambiguous():
    text = "Two dogs: one has 20 spots, the other twice as many. How many has the other?"
    assert lift(solved(text, "<<20*2=40>>", "40")).ambiguous


def test_the_larger_operand_stays_the_larger_one():
    text = "Of 16 slices he ate 3/8. How many?"
    family = lift(solved(text, "<<3/8*16=6>>", "6"))
    assert family.replay(text.replace("3/8", "9/8")).broken == ("order of step 1",)
    debt = "He owes 9 and has 4, and earns 20 an hour for 2 hours. What is left?"
    family = lift(solved(debt, "<<2*20-(9-4)=35>>", "35"))
    assert family.replay(debt.replace("owes 9", "owes 3")).broken == ("order of step 1",)


@pytest.mark.parametrize(
    ("text", "solution", "answer"),
    [
        (
            "Ann runs 8 laps, Bo half as many, Cy 2 fewer than Bo. How many does Cy run?",
            "<<8/2=4>> <<4-2=2>>",
            "2",
        ),
        (
            "Ann owes $100 at 2% a month. What does she owe after a month?",
            "<<100*2/100=2>> <<100+2=102>>",
            "102",
        ),
    ],
)
def test_a_number_that_a_word_says_too_makes_a_reading_doubtful(text, solution, answer):
    assert lift(solved(text, solution, answer)).ambiguous
    plain = text.replace("half", "twice").replace("2 fewer", "3 fewer").replace("$100", "$200")
    other = solution.replace("8/2=4", "8*2=16").replace("4-2=2", "16-3=13").replace("100*", "200*")
    other = other.replace("*2/100=2", "*2/100=4").replace("100+2=102", "200+4=204")
    answer = other.rpartition("=")[2].rstrip(">")
    assert not lift(solved(plain, other, answer)).ambiguous
