"""Generators of problems as people write them, each with a seed and an independent solver that works another way.

`solver` defines `solve(p)` (by trying, counting or adding up) or `accepts(p, answer)` (puts the answer back in).
"""

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Handwritten:
    """One generator."""

    name: str
    problem: str
    answer: str
    source: str
    solver: str
    alike: bool = True


def body(source: str) -> str:
    """Indent the statements of a method."""
    return textwrap.indent(textwrap.dedent(source).strip(), " " * 8)


def made(
    name: str,
    problem: str,
    answer: str,
    *,
    given: str,
    draw: str,
    text: str,
    solve: str,
    solver: str,
    alike: bool = True,
) -> Handwritten:
    """Write a generator out: `given` are the original parameters, `draw` and `solve` bodies, `text` an f-string."""
    source = (
        "import itertools\nimport math\nimport random\nfrom fractions import Fraction\n\n\nclass Problem:\n"
        f"    def original(self):\n        return {given}\n\n"
        f"    def sample(self, seed):\n        r = random.Random(seed)\n{body(draw)}\n\n"
        f"    def render(self, p):\n        return f{text!r}\n\n"
        f"    def solve(self, p):\n{body(solve)}\n"
    )
    head = "import itertools\nimport math\nfrom fractions import Fraction\n\n"
    return Handwritten(name, problem, answer, source, head + textwrap.dedent(solver).strip() + "\n", alike)


GENERATORS = (
    # -- arithmetic
    made(
        "change",
        "Ann buys 3 pens at 4 dollars each and pays with 20 dollars. How many dollars does she get back?",
        "8",
        given="{'pens': 3, 'price': 4, 'paid': 20}",
        draw="""
            pens, price = r.randint(2, 9), r.randint(2, 12)
            return {'pens': pens, 'price': price, 'paid': pens * price + r.randint(1, 30)}
        """,
        text="Ann buys {p['pens']} pens at {p['price']} dollars each and pays with {p['paid']} dollars. "
        "How many dollars does she get back?",
        solve="return p['paid'] - p['pens'] * p['price']",
        solver="""
            def solve(p):
                left = p['paid']
                for _ in range(p['pens']):
                    left -= p['price']
                return left
        """,
    ),
    made(
        "discount",
        "A coat costs 80 dollars and is sold 25% cheaper. What is its price now, in dollars?",
        "60",
        given="{'price': 80, 'off': 25}",
        draw="""
            price, off = r.randrange(20, 400, 10), r.choice([10, 20, 25, 30, 40, 50])
            return {'price': price, 'off': off} if price * off % 100 == 0 else None
        """,
        text="A coat costs {p['price']} dollars and is sold {p['off']}% cheaper. What is its price now, "
        "in dollars?",
        solve="return Fraction(p['price'] * (100 - p['off']), 100)",
        solver="""
            def accepts(p, answer):
                return 100 * (p['price'] - answer) == p['price'] * p['off'] and answer >= 0
        """,
    ),
    made(
        "average",
        "What is the mean of 4, 8 and 15?",
        "9",
        given="{'numbers': [4, 8, 15]}",
        draw="return {'numbers': [r.randint(2, 60) for _ in range(3)]}",
        text="What is the mean of {p['numbers'][0]}, {p['numbers'][1]} and {p['numbers'][2]}?",
        solve="return Fraction(sum(p['numbers']), len(p['numbers']))",
        solver="""
            def accepts(p, answer):
                return sum(number - Fraction(answer) for number in p['numbers']) == 0
        """,
        alike=False,
    ),
    made(
        "shared work",
        "One tap fills a tank in 6 hours, another in 3 hours. How many hours do both take together?",
        "2",
        given="{'one': 6, 'other': 3}",
        draw="""
            one = r.randint(2, 30)
            other = r.randint(2, 30)
            return {'one': one, 'other': other}
        """,
        text="One tap fills a tank in {p['one']} hours, another in {p['other']} hours. How many hours "
        "do both take together?",
        solve="return Fraction(p['one'] * p['other'], p['one'] + p['other'])",
        solver="""
            def accepts(p, answer):
                return Fraction(answer, p['one']) + Fraction(answer, p['other']) == 1
        """,
        alike=False,
    ),
    made(
        "fractions",
        "Add 1/2 and 2/3.",
        "7/6",
        given="{'a': Fraction(1, 2), 'b': Fraction(2, 3)}",
        draw="""
            a, b = Fraction(r.randint(1, 9), r.randint(2, 12)), Fraction(r.randint(1, 9), r.randint(2, 12))
            return {'a': a, 'b': b} if a.denominator > 1 and b.denominator > 1 else None
        """,
        text="Add {p['a']} and {p['b']}.",
        solve="return p['a'] + p['b']",
        solver="""
            def solve(p):
                a, b = p['a'], p['b']
                bottom = math.lcm(a.denominator, b.denominator)
                top = a.numerator * (bottom // a.denominator) + b.numerator * (bottom // b.denominator)
                return f'{top}/{bottom}'
        """,
        alike=False,
    ),
    # -- number theory
    made(
        "greatest common divisor",
        "What is the greatest common divisor of 12 and 18?",
        "6",
        given="{'a': 12, 'b': 18}",
        draw="""
            common = r.randint(1, 12)
            return {'a': common * r.randint(2, 30), 'b': common * r.randint(2, 30)}
        """,
        text="What is the greatest common divisor of {p['a']} and {p['b']}?",
        solve="""
            a, b = p['a'], p['b']
            while b:
                a, b = b, a % b
            return a
        """,
        solver="""
            def solve(p):
                return max(d for d in range(1, p['a'] + 1) if p['a'] % d == 0 and p['b'] % d == 0)
        """,
    ),
    made(
        "least common multiple",
        "Two lamps blink every 6 and every 10 seconds. They blink together now. After how many seconds do they again?",
        "30",
        given="{'a': 6, 'b': 10}",
        draw="return {'a': r.randint(2, 40), 'b': r.randint(2, 40)}",
        text="Two lamps blink every {p['a']} and every {p['b']} seconds. They blink together now. After "
        "how many seconds do they again?",
        solve="return p['a'] * p['b'] // math.gcd(p['a'], p['b'])",
        solver="""
            def solve(p):
                time = p['a']
                while time % p['b']:
                    time += p['a']
                return time
        """,
    ),
    made(
        "divisors",
        "How many divisors does 36 have?",
        "9",
        given="{'n': 36}",
        draw="return {'n': r.randint(2, 400)}",
        text="How many divisors does {p['n']} have?",
        solve="""
            n, count, factor = p['n'], 1, 2
            while factor * factor <= n:
                power = 0
                while n % factor == 0:
                    n //= factor
                    power += 1
                count *= power + 1
                factor += 1
            return 2 * count if n > 1 else count
        """,
        solver="""
            def solve(p):
                return sum(p['n'] % d == 0 for d in range(1, p['n'] + 1))
        """,
    ),
    made(
        "remainder of a power",
        "What is the remainder of 7 to the power of 5, divided by 11?",
        "10",
        given="{'base': 7, 'power': 5, 'modulus': 11}",
        draw="return {'base': r.randint(2, 20), 'power': r.randint(2, 30), 'modulus': r.randint(5, 30)}",
        text="What is the remainder of {p['base']} to the power of {p['power']}, divided by {p['modulus']}?",
        solve="""
            result, base, power = 1, p['base'], p['power']
            while power:
                if power % 2:
                    result = result * base % p['modulus']
                base = base * base % p['modulus']
                power //= 2
            return result
        """,
        solver="""
            def solve(p):
                return p['base'] ** p['power'] % p['modulus']
        """,
        alike=False,
    ),
    made(
        "digit sum",
        "What is the sum of the digits of 1234?",
        "10",
        given="{'n': 1234}",
        draw="return {'n': r.randint(10, 99999)}",
        text="What is the sum of the digits of {p['n']}?",
        solve="""
            n, total = p['n'], 0
            while n > 0:
                total += n % 10
                n //= 10
            return total
        """,
        solver="""
            def solve(p):
                return sum(map(int, str(p['n'])))
        """,
    ),
    made(
        "next prime",
        "Which is the smallest prime number greater than 20?",
        "23",
        given="{'n': 20}",
        draw="return {'n': r.randint(2, 500)}",
        text="Which is the smallest prime number greater than {p['n']}?",
        solve="""
            n = p['n'] + 1
            while not all(n % d for d in range(2, int(n ** 0.5) + 1)):
                n += 1
            return n
        """,
        solver="""
            def solve(p):
                top = 2 * p['n'] + 2
                sieve = [True] * (top + 1)
                for d in range(2, top + 1):
                    for multiple in range(2 * d, top + 1, d):
                        sieve[multiple] = False
                return next(n for n in range(p['n'] + 1, top + 1) if sieve[n])
        """,
    ),
    # -- geometry
    made(
        "rectangle",
        "A rectangle is 4 cm wide and has a perimeter of 22 cm. What is its area, in square cm?",
        "28",
        given="{'width': 4, 'perimeter': 22}",
        draw="""
            width = r.randint(2, 20)
            return {'width': width, 'perimeter': 2 * (width + r.randint(1, 30))}
        """,
        text="A rectangle is {p['width']} cm wide and has a perimeter of {p['perimeter']} cm. What is "
        "its area, in square cm?",
        solve="""
            length = p['perimeter'] // 2 - p['width']
            return length * p['width']
        """,
        solver="""
            def solve(p):
                for length in range(1, p['perimeter']):
                    if 2 * length + 2 * p['width'] == p['perimeter']:
                        return sum(1 for _ in itertools.product(range(length), range(p['width'])))
        """,
    ),
    made(
        "polygon",
        "What is the sum of the angles of a polygon with 7 sides, in degrees?",
        "900",
        given="{'sides': 7}",
        draw="return {'sides': r.randint(3, 60)}",
        text="What is the sum of the angles of a polygon with {p['sides']} sides, in degrees?",
        solve="return (p['sides'] - 2) * 180",
        solver="""
            def solve(p):
                total = 180
                for _ in range(3, p['sides']):
                    total += 180
                return total
        """,
    ),
    made(
        "right triangle",
        "The legs of a right triangle are 6 cm and 8 cm long. How long is its longest side, in cm?",
        "10",
        given="{'a': 6, 'b': 8}",
        draw="""
            m, n = r.randint(2, 9), r.randint(1, 8)
            if m <= n:
                return None
            k = r.randint(1, 4)
            return {'a': k * (m * m - n * n), 'b': k * 2 * m * n}
        """,
        text="The legs of a right triangle are {p['a']} cm and {p['b']} cm long. How long is its "
        "longest side, in cm?",
        solve="return math.isqrt(p['a'] ** 2 + p['b'] ** 2)",
        solver="""
            def accepts(p, answer):
                return answer > 0 and answer * answer == p['a'] * p['a'] + p['b'] * p['b']
        """,
    ),
    made(
        "lattice triangle",
        "A triangle has corners (0, 0), (4, 2) and (2, 6). What is its area?",
        "10",
        given="{'a': [4, 2], 'b': [2, 6]}",
        draw="""
            a, b = [r.randint(2, 20), r.randint(2, 20)], [r.randint(2, 20), r.randint(2, 20)]
            return {'a': a, 'b': b} if a[0] * b[1] != a[1] * b[0] else None
        """,
        text="A triangle has corners (0, 0), ({p['a'][0]}, {p['a'][1]}) and ({p['b'][0]}, {p['b'][1]}). "
        "What is its area?",
        solve="return Fraction(abs(p['a'][0] * p['b'][1] - p['a'][1] * p['b'][0]), 2)",
        solver="""
            def solve(p):
                (ax, ay), (bx, by) = p['a'], p['b']
                box = max(ax, bx) * max(ay, by)
                inside = boundary = 0
                for x in range(max(ax, bx) + 1):
                    for y in range(max(ay, by) + 1):
                        sides = [ax * y - ay * x, (bx - ax) * (y - ay) - (by - ay) * (x - ax), by * x - bx * y]
                        if all(s > 0 for s in sides) or all(s < 0 for s in sides):
                            inside += 1
                boundary = math.gcd(ax, ay) + math.gcd(bx, by) + math.gcd(abs(ax - bx), abs(ay - by))
                return inside + Fraction(boundary, 2) - 1
        """,
        alike=False,
    ),
    made(
        "painted cube",
        "A cube with an edge of 4 cm is painted and cut into cubes of 1 cm. How many of them have no paint?",
        "8",
        given="{'edge': 4}",
        draw="return {'edge': r.randint(3, 12)}",
        text="A cube with an edge of {p['edge']} cm is painted and cut into cubes of 1 cm. How many of "
        "them have no paint?",
        solve="return (p['edge'] - 2) ** 3",
        solver="""
            def solve(p):
                edge = range(p['edge'])
                last = p['edge'] - 1
                return sum(all(0 < place < last for place in cube) for cube in itertools.product(edge, edge, edge))
        """,
    ),
    # -- counting
    made(
        "handshakes",
        "7 people shake hands, each pair once. How many handshakes are there?",
        "21",
        given="{'people': 7}",
        draw="return {'people': r.randint(3, 40)}",
        text="{p['people']} people shake hands, each pair once. How many handshakes are there?",
        solve="return p['people'] * (p['people'] - 1) // 2",
        solver="""
            def solve(p):
                return sum(1 for _ in itertools.combinations(range(p['people']), 2))
        """,
    ),
    made(
        "committees",
        "A club of 6 people chooses a committee of 3. How many committees are possible?",
        "20",
        given="{'people': 6, 'seats': 3}",
        draw="""
            people = r.randint(4, 12)
            return {'people': people, 'seats': r.randint(2, people - 1)}
        """,
        text="A club of {p['people']} people chooses a committee of {p['seats']}. How many committees "
        "are possible?",
        solve="""
            result = 1
            for place in range(p['seats']):
                result = result * (p['people'] - place) // (place + 1)
            return result
        """,
        solver="""
            def solve(p):
                return sum(1 for _ in itertools.combinations(range(p['people']), p['seats']))
        """,
    ),
    made(
        "paths",
        "How many shortest ways lead from one corner of a grid of 3 by 2 blocks to the opposite one?",
        "10",
        given="{'across': 3, 'down': 2}",
        draw="return {'across': r.randint(2, 8), 'down': r.randint(2, 8)}",
        text="How many shortest ways lead from one corner of a grid of {p['across']} by {p['down']} "
        "blocks to the opposite one?",
        solve="return math.comb(p['across'] + p['down'], p['down'])",
        solver="""
            def solve(p):
                row = [1] * (p['across'] + 1)
                for _ in range(p['down']):
                    for place in range(1, p['across'] + 1):
                        row[place] += row[place - 1]
                return row[-1]
        """,
    ),
    made(
        "multiples",
        "How many numbers from 1 to 50 are divisible by 3 or by 5?",
        "23",
        given="{'top': 50, 'a': 3, 'b': 5}",
        draw="""
            a = r.randint(2, 12)
            b = r.choice([n for n in range(2, 13) if n != a])
            return {'top': r.randint(20, 300), 'a': a, 'b': b}
        """,
        text="How many numbers from 1 to {p['top']} are divisible by {p['a']} or by {p['b']}?",
        solve="""
            both = p['a'] * p['b'] // math.gcd(p['a'], p['b'])
            return p['top'] // p['a'] + p['top'] // p['b'] - p['top'] // both
        """,
        solver="""
            def solve(p):
                return sum(n % p['a'] == 0 or n % p['b'] == 0 for n in range(1, p['top'] + 1))
        """,
    ),
    made(
        "stairs",
        "In how many ways can a stair of 5 steps be climbed by one or two steps at a time?",
        "8",
        given="{'steps': 5}",
        draw="return {'steps': r.randint(3, 16)}",
        text="In how many ways can a stair of {p['steps']} steps be climbed by one or two steps at a time?",
        solve="""
            before, ways = 1, 1
            for _ in range(p['steps'] - 1):
                before, ways = ways, before + ways
            return ways
        """,
        solver="""
            def solve(p):
                n = p['steps']
                return sum(math.comb(n - twos, twos) for twos in range(n // 2 + 1))
        """,
    ),
    # -- equations
    made(
        "linear equation",
        "Solve 3x + 7 = 22 for x.",
        "x = 5",
        given="{'a': 3, 'b': 7, 'c': 22}",
        draw="""
            a, x, b = r.randint(2, 12), r.randint(1, 30), r.randint(2, 40)
            return {'a': a, 'b': b, 'c': a * x + b}
        """,
        text="Solve {p['a']}x + {p['b']} = {p['c']} for x.",
        solve="return Fraction(p['c'] - p['b'], p['a'])",
        solver="""
            def accepts(p, answer):
                return p['a'] * answer + p['b'] == p['c']
        """,
    ),
    made(
        "quadratic equation",
        "Which numbers x satisfy x^2 + 12 = 7x?",
        "3 or 4",
        given="{'sum': 7, 'product': 12}",
        draw="""
            one = r.randint(2, 15)
            other = r.randint(2, 15)
            return {'sum': one + other, 'product': one * other}
        """,
        text="Which numbers x satisfy x^2 + {p['product']} = {p['sum']}x?",
        solve="""
            root = math.isqrt(p['sum'] ** 2 - 4 * p['product'])
            return {(p['sum'] - root) // 2, (p['sum'] + root) // 2}
        """,
        solver="""
            def solve(p):
                return {x for x in range(-40, 41) if x * x + p['product'] == p['sum'] * x}
        """,
        alike=False,
    ),
    made(
        "heads and legs",
        "A farm has hens and cows: 10 heads and 28 legs. How many cows are there?",
        "4",
        given="{'heads': 10, 'legs': 28}",
        draw="""
            hens, cows = r.randint(1, 30), r.randint(1, 30)
            return {'heads': hens + cows, 'legs': 2 * hens + 4 * cows}
        """,
        text="A farm has hens and cows: {p['heads']} heads and {p['legs']} legs. How many cows are there?",
        solve="return (p['legs'] - 2 * p['heads']) // 2",
        solver="""
            def solve(p):
                found = [c for c in range(p['heads'] + 1) if 4 * c + 2 * (p['heads'] - c) == p['legs']]
                return found[0]
        """,
    ),
    made(
        "two equations",
        "Two numbers have the sum 15 and the difference 3. What is the pair, the larger one first?",
        "(9, 6)",
        given="{'sum': 15, 'difference': 3}",
        draw="""
            small, difference = r.randint(2, 40), r.randint(1, 30)
            return {'sum': 2 * small + difference, 'difference': difference}
        """,
        text="Two numbers have the sum {p['sum']} and the difference {p['difference']}. What is the "
        "pair, the larger one first?",
        solve="""
            larger = (p['sum'] + p['difference']) // 2
            return larger, p['sum'] - larger
        """,
        solver="""
            def accepts(p, answer):
                larger, smaller = answer
                return larger + smaller == p['sum'] and larger - smaller == p['difference']
        """,
        alike=False,
    ),
    made(
        "ages",
        "A father is 40 years old and his daughter 10. In how many years will he be 2 times as old as she?",
        "20",
        given="{'father': 40, 'daughter': 10, 'times': 2}",
        draw="""
            times, years, daughter = r.randint(2, 4), r.randint(1, 20), r.randint(2, 20)
            father = times * (daughter + years) - years
            return {'father': father, 'daughter': daughter, 'times': times} if father < 90 else None
        """,
        text="A father is {p['father']} years old and his daughter {p['daughter']}. In how many years "
        "will he be {p['times']} times as old as she?",
        solve="return Fraction(p['father'] - p['times'] * p['daughter'], p['times'] - 1)",
        solver="""
            def solve(p):
                return next(y for y in range(200) if p['father'] + y == p['times'] * (p['daughter'] + y))
        """,
    ),
)
