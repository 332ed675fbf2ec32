"""A small corpus of SMT-LIB scripts, written for this benchmark: strings, integers, reals, arrays, bit vectors.

Names are shared between scripts where the sorts are the same, so that parts of one fit into another.
"""

_STRINGS = "(declare-fun a () String)\n(declare-fun b () String)\n(declare-fun c () String)\n"
_INTS = "(declare-fun i () Int)\n(declare-fun j () Int)\n(declare-fun k () Int)\n"
_REALS = "(declare-fun u () Real)\n(declare-fun v () Real)\n"
_BITS = "(declare-fun x () (_ BitVec 8))\n(declare-fun y () (_ BitVec 8))\n"
_FLOATS = "(declare-fun f () (_ FloatingPoint 3 5))\n(declare-fun g () (_ FloatingPoint 3 5))\n"
_MODE = "(declare-fun r () RoundingMode)\n"
_ARRAYS = "(declare-fun m () (Array Int Int))\n"

_BODIES = (
    (_STRINGS, '(assert (= (str.++ a b) "abab"))', "(assert (not (= a b)))"),
    (_STRINGS, '(assert (str.contains a "x"))', '(assert (= b (str.replace a "x" "yy")))', "(assert (= a b))"),
    (_STRINGS + _INTS, '(assert (= i (str.indexof a "b" j)))', "(assert (> i 2))", "(assert (= (str.len a) 3))"),
    (_STRINGS + _INTS, "(assert (= (str.substr a i j) (str.at a k)))", "(assert (>= j 2))"),
    (_STRINGS, '(assert (str.in_re a (re.* (re.union (str.to_re "ab") (re.range "c" "e")))))',
     '(assert (not (str.in_re a (re.++ (re.* re.allchar) (str.to_re "c")))))'),
    (_STRINGS + _INTS, "(assert (= (str.to_int a) i))", "(assert (= (str.from_int j) a))", "(assert (< i j))"),
    (_STRINGS, '(assert (str.prefixof a (str.++ b "z")))', "(assert (str.suffixof b a))", "(assert (distinct a b c))"),
    (_STRINGS, '(assert (= (str.replace_all a "a" "bb") (str.++ b c)))', "(assert (= (str.len a) (str.len b)))"),
    (_STRINGS, "(assert (str.< a b))", '(assert (str.<= b "b"))', "(assert (ite (= a c) (str.< c b) (str.< c a)))"),
    (_STRINGS, '(assert (str.in_re (str.++ a b) (re.inter (re.+ (re.range "a" "z")) (re.comp (str.to_re "aa")))))'),
    (_STRINGS + _INTS, "(assert (= (str.to_code (str.at a 0)) i))", "(assert (> i 70))", "(assert (str.is_digit a))"),
    (_STRINGS, '(assert (str.in_re a (re.opt (re.diff re.all (re.* (str.to_re "b"))))))', '(assert (= a "b"))'),
    (_STRINGS, '(assert (= (str.replace_re a (re.+ (str.to_re "a")) b) c))', '(assert (distinct a "" c))'),
    (_INTS, "(assert (= (+ (* i i) (* j j)) (* k k)))", "(assert (and (> i 0) (> j i) (> k j)))"),
    (_INTS, "(assert (= (mod i j) (div k j)))", "(assert (or (< j 0) (and (= j 0) (> i 3))))"),
    (_INTS, "(assert (forall ((z Int)) (=> (> z i) (>= z j))))", "(assert (< (+ i 1) j))"),
    (_INTS, "(assert (exists ((z Int)) (and (= (* 2 z) (+ i j)) (> z k))))", "(assert (= (abs (- i j)) 1))"),
    (_REALS, "(assert (> (* u v) 1.0))", "(assert (< (+ u v) (/ u v)))", "(assert (not (= v 0.0)))"),
    (_REALS + _INTS, "(assert (= (to_int u) i))", "(assert (not (is_int (+ u (to_real j)))))", "(assert (< u v))"),
    (_BITS, "(assert (bvult (bvadd x y) (bvmul x #x03)))", "(assert (= (bvudiv x y) (bvurem y x)))"),
    (_BITS, "(assert (bvslt (bvshl x #x01) (bvashr y #x02)))", "(assert (distinct (bvand x y) (bvor x y) #b00000000))"),
    (_BITS, "(assert (= (bvsdiv x y) (bvneg (bvsrem y x))))", "(assert (xor (bvsge x y) (= y #x00)))"),
    (_ARRAYS + _INTS, "(assert (= (select m i) (+ 1 (select m j))))", "(assert (= (store m i j) (store m j i)))"),
    (_ARRAYS + _INTS, "(assert (> (select (store m i k) j) k))", "(assert (let ((z (select m k))) (< z i)))"),
    (_FLOATS + _MODE, "(assert (fp.lt (fp.add r f g) (fp.mul RTP f g)))", "(assert (not (fp.isNaN f)))"),
    (_FLOATS, "(assert (fp.leq (fp.rem f g) (fp #b0 #b010 #b0001)))", "(assert (fp.isNormal (fp.abs g)))"),
    (_FLOATS + _MODE, "(assert (distinct (fp.roundToIntegral r f) (fp.sqrt RNE g) f))", "(assert (fp.gt f g))"),
    (_FLOATS + _REALS, "(assert (= (fp.to_real f) (+ u 0.5)))", "(assert (fp.isSubnormal (fp.div RTZ f g)))"),
    (_FLOATS + _BITS, "(assert (= ((_ fp.to_sbv 8) RTN f) x))", "(assert (fp.eq ((_ to_fp 3 5) y) (fp.min f g)))"),
    (_FLOATS + _REALS, "(assert (fp.geq ((_ to_fp 3 5) RNA (* 2.0 u)) (fp.neg f)))", "(assert (= (fp.max f g) f))"),
)  # fmt: skip

SEEDS = tuple(declared + "\n".join(asserts) + "\n(check-sat)\n" for declared, *asserts in _BODIES)
"""Whole scripts."""
