"""Makes the golden files beside it: what scipy and scikit-learn say of columns that a test can make again.

Run with Debian's packages: apt-get install python3-scipy python3-sklearn python3-pandas, then
/usr/bin/python3 test/golden/measure/make.py. The tests read the JSON only and need no Python.

A column is a recipe, not a list: the same 32-bit congruential generator and the same few exact double operations are in
test/measure/columns.ts, so both sides hold the same doubles to the last bit.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics

HERE = Path(__file__).parent


def uniform(seed, n):
    """Multiplier and increment of Numerical Recipes' quick generator."""
    state, drawn = seed, []
    for _ in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        drawn.append(state / 2**32)
    return np.array(drawn, dtype=float)


def column(recipe):
    shape, seed, n = recipe["shape"], recipe["seed"], recipe["n"]
    u = uniform(seed, n)
    if shape == "uniform":
        x = u
    elif shape == "square":
        x = u * u
    elif shape == "tied":
        x = np.floor(u * 20)
    elif shape == "inflated":
        x = np.where(u < 0.6, 0.0, u)
    elif shape == "topped":
        x = np.where(u < 0.6, 1.0, u)
    elif shape == "constant":
        x = u * 0
    elif shape == "bell":
        x = u + uniform(seed + 1, n) + uniform(seed + 2, n) + uniform(seed + 3, n) - 2
    else:
        raise ValueError(shape)
    return x * recipe.get("scale", 1) + recipe.get("shift", 0)


def recipe(shape, seed, n, **more):
    return {"shape": shape, "seed": seed, "n": n, **more}


def write(name, cases):
    made = {"madeWith": {"scipy": scipy.__version__, "sklearn": sklearn.__version__, "numpy": np.__version__}}
    text = json.dumps({**made, "cases": cases}, indent=1, allow_nan=False)
    (HERE / f"{name}.json").write_text(text + "\n")


PAIRS = [
    (recipe("uniform", 1, 1), recipe("uniform", 2, 1)),
    (recipe("uniform", 1, 1), recipe("uniform", 2, 20)),
    (recipe("uniform", 1, 3), recipe("uniform", 2, 3)),
    (recipe("uniform", 1, 3), recipe("uniform", 2, 3, shift=5)),
    (recipe("uniform", 1, 4), recipe("uniform", 2, 7)),
    (recipe("uniform", 1, 30), recipe("uniform", 2, 45)),
    (recipe("tied", 1, 30), recipe("tied", 2, 45)),
    (recipe("tied", 1, 500), recipe("tied", 2, 500)),
    (recipe("tied", 1, 500), recipe("tied", 2, 300, shift=1)),
    (recipe("inflated", 1, 1000), recipe("inflated", 2, 999)),
    (recipe("topped", 1, 1000), recipe("topped", 2, 1200, scale=1.1)),
    (recipe("constant", 1, 50), recipe("constant", 2, 60)),
    (recipe("constant", 1, 50), recipe("constant", 2, 60, shift=1)),
    (recipe("constant", 1, 50, shift=2), recipe("constant", 2, 50)),
    (recipe("bell", 1, 2000), recipe("bell", 9, 2000, shift=0.05)),
    (recipe("square", 1, 997), recipe("uniform", 2, 1009)),
    (recipe("uniform", 1, 3000), recipe("uniform", 2, 10000)),
    (recipe("uniform", 1, 3000), recipe("uniform", 2, 10000, shift=0.05)),
    (recipe("uniform", 1, 10000), recipe("uniform", 2, 10000)),
    (recipe("bell", 1, 10000), recipe("bell", 9, 10000, shift=0.03)),
    (recipe("uniform", 1, 9999), recipe("uniform", 2, 10000)),
    (recipe("uniform", 1, 12000), recipe("uniform", 2, 9000)),
    (recipe("bell", 1, 12000), recipe("bell", 9, 9000, shift=0.01)),
    (recipe("tied", 1, 12000), recipe("tied", 2, 12001)),
    (recipe("uniform", 1, 20000), recipe("uniform", 2, 3)),
    (recipe("uniform", 1, 20000), recipe("uniform", 2, 120)),
    (recipe("bell", 1, 20000), recipe("bell", 9, 20000, shift=0.5)),
]


def ks(left, right):
    found = stats.ks_2samp(column(left), column(right))
    return {"reference": left, "current": right, "statistic": found.statistic, "pValue": found.pvalue}


def kolmogorov():
    rows = [1, 2, 3, 7, 20, 100, 140, 141, 200, 1000, 5000, 9999, 20000, 100001, 400000, 2500000]
    heights = [0.15, 0.3, 0.45, 0.6, 0.8, 1, 1.2, 1.4, 1.48, 1.49, 1.6, 2, 2.1, 3, 5]
    pairs = [(z / math.sqrt(n), n) for n in rows for z in heights]
    return [[x, n, stats.kstwo.sf(x, n)] for x, n in pairs if x < 1]


def special_functions():
    tails = [(x, k) for k in [1, 2, 3, 9, 10, 50, 499, 5000] for x in [0.01 * k, 0.5 * k, k, 1.3 * k, 2 * k + 5]]
    return {
        "logGamma": [[x, special.gammaln(x)] for x in [0.1, 0.5, 1, 1.5, 2, 3, 7.7, 15.9, 16, 100, 12345.5, 1e6]],
        "chiSquareTail": [[x, k, stats.chi2.sf(x, k)] for x, k in tails],
        "chiSquareQuantile": [[p, k, stats.chi2.isf(p, k)] for p in [0.5, 0.05, 0.01, 1e-6] for k in [1, 2, 9, 10, 100]],
    }


def stability(p, q):
    return float(np.sum((q - p) * np.log(q / p)))


def decile_psi(left, right, missing):
    reference, current = column(left), column(right)
    edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    if edges[0] == reference.min():
        edges = np.concatenate([[np.nextafter(edges[0], -np.inf)], edges])
    counts = [
        np.append(np.bincount(np.digitize(x, edges, right=True), minlength=len(edges) + 1), absent)
        for x, absent in zip([reference, current], missing)
    ]
    shares = [np.maximum(c / c.sum(), 1e-4) for c in counts]
    return {
        **{"reference": left, "current": right, "missing": missing, "edges": edges.tolist()},
        **{"counts": [c.tolist() for c in counts], "psi": stability(*shares)},
    }


def replace_zeros(shares):
    least = shares[shares != 0].min()
    return np.where(shares == 0, least / 10**6 if least <= 0.0001 else 0.0001, shares)


def evidently_psi(left, right):
    reference, current = column(left), column(right)
    both = np.concatenate([reference, current])
    edges = np.histogram_bin_edges(both, bins="sturges")
    counts = [np.histogram(x, edges)[0] for x in [reference, current]]
    p, q = [replace_zeros(c / c.sum()) for c in counts]
    return {
        **{"reference": left, "current": right, "edges": edges.tolist()},
        **{"counts": [c.tolist() for c in counts], "psi": stability(p, q)},
    }


def categories(reference, current):
    present = [(a, b) for a, b in zip(reference, current) if a + b > 0]
    tested = stats.chi2_contingency(np.array(present).T, correction=False)
    p, q = [np.maximum(np.array(c) / sum(c), 1e-4) for c in [reference, current]]
    return {
        **{"reference": reference, "current": current, "statistic": tested[0], "pValue": tested[1]},
        **{"degrees": tested[2], "distance": jensenshannon(reference, current, base=2), "psi": stability(p, q)},
    }


def placements(scores, labels):
    """DeLong by its definition, every positive against every negative."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return wins.mean(axis=1), wins.mean(axis=0)


def labelled(case):
    """A row is positive the more often the higher its score; the second model sees a blurred score."""
    base = uniform(case["seed"], case["n"])
    labels = (uniform(case["seed"] + 1, case["n"]) < base * base).astype(int)
    other = 0.7 * base + 0.3 * uniform(case["seed"] + 2, case["n"])
    if case["ties"] > 0:
        base, other = [np.floor(x * case["ties"]) / case["ties"] for x in (base, other)]
    return base, other, labels


def calibration_error(scores, labels):
    bins = np.digitize(scores, np.arange(1, 15) / 15, right=True)
    return float(sum(abs(labels[bins == b].sum() - math.fsum(scores[bins == b])) for b in range(15)) / len(labels))


def classification(case):
    base, other, labels = labelled(case)
    (v10, v01), (w10, w01) = placements(base, labels), placements(other, labels)
    p, n = len(v10), len(v01)
    auc = metrics.roc_auc_score(labels, base)
    other_auc = metrics.roc_auc_score(labels, other)
    deviation = math.sqrt(v10.var(ddof=1) / p + v01.var(ddof=1) / n)
    cov10, cov01 = np.cov(w10, v10), np.cov(w01, v01)
    contrast = np.array([1, -1])
    variance = contrast @ (cov10 / p + cov01 / n) @ contrast
    z = stats.norm.ppf(0.975)
    selected = base >= case["threshold"]
    return {
        **case,
        **{"positives": p, "auc": auc, "low": max(0, auc - z * deviation), "high": min(1, auc + z * deviation)},
        "logLoss": metrics.log_loss(labels, base),
        "brier": metrics.brier_score_loss(labels, base),
        "accuracy": metrics.accuracy_score(labels, selected),
        "precision": metrics.precision_score(labels, selected),
        "recall": metrics.recall_score(labels, selected),
        "f1": metrics.f1_score(labels, selected),
        "calibrationError": calibration_error(base, labels),
        "otherAuc": other_auc,
        "difference": other_auc - auc,
        "differenceLow": other_auc - auc - z * math.sqrt(variance),
        "differenceHigh": other_auc - auc + z * math.sqrt(variance),
        "pValue": 2 * stats.norm.sf(abs(other_auc - auc) / math.sqrt(variance)),
    }


def regression(truth, error):
    y, e = column(truth), column(error)
    f = y + e
    exact_mean = math.fsum(y) / len(y)
    residual = math.fsum((y - f) ** 2)
    return {
        **{"truth": truth, "error": error},
        "mae": metrics.mean_absolute_error(y, f),
        "rmse": math.sqrt(metrics.mean_squared_error(y, f)),
        "r2": metrics.r2_score(y, f),
        "exactMae": math.fsum(abs(y - f)) / len(y),
        "exactR2": 1 - residual / math.fsum((y - exact_mean) ** 2),
    }


def quantiles(made):
    x = column(made)
    return {"column": made, "quantiles": [[p, np.quantile(x, p)] for p in [0, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 1]]}


def fairness(seed, n, segments):
    score, draw, segment = uniform(seed, n), uniform(seed + 1, n), np.floor(uniform(seed + 2, n) * segments).astype(int)
    frame = pd.DataFrame({"y": draw < score * score, "s": score >= 0.5, "g": segment})
    rates = frame.groupby("g").apply(
        lambda g: pd.Series(
            {
                "tpr": metrics.recall_score(g.y, g.s),
                "fpr": metrics.recall_score(~g.y, g.s),
                "selected": g.s.mean(),
            }
        )
    )
    gaps = (rates.max() - rates.min()).to_dict()
    return {
        **{"seed": seed, "n": n, "segments": segments, "rates": rates.to_dict("list")},
        **{"equalOpportunity": gaps["tpr"], "equalisedOdds": max(gaps["tpr"], gaps["fpr"])},
        "demographicParity": gaps["selected"],
    }


def sample(inputs, label, rows, size):
    """The sample as its documentation tells it, written a second time."""
    seed = hashlib.sha256("".join(f"{line}\n" for line in ["mreg-sample-v1", *inputs, label]).encode()).digest()
    chosen = set()
    for j in range(max(0, rows - size), rows):
        drawn = hashlib.sha256(seed + j.to_bytes(8, "big")).digest()[:8]
        row = int.from_bytes(drawn, "big") % (j + 1)
        chosen.add(j if row in chosen else row)
    return {"inputs": inputs, "label": label, "rows": rows, "size": size, "chosen": sorted(chosen)}


DRIFTS = [
    (recipe("uniform", 1, 1001), recipe("uniform", 2, 800), [0, 0]),
    (recipe("bell", 1, 5000), recipe("bell", 9, 4000, shift=0.2), [0, 0]),
    (recipe("bell", 1, 5000), recipe("bell", 9, 4000, scale=1.5), [50, 400]),
    (recipe("tied", 1, 3000), recipe("tied", 2, 3000, scale=0.5), [0, 7]),
    (recipe("inflated", 1, 3000), recipe("inflated", 2, 2000), [0, 0]),
    (recipe("inflated", 1, 3000), recipe("inflated", 2, 2000, shift=-0.1), [0, 0]),
    (recipe("topped", 1, 3000), recipe("topped", 2, 2000, scale=1.2), [0, 0]),
    (recipe("constant", 1, 300), recipe("constant", 2, 200), [0, 0]),
    (recipe("constant", 1, 300), recipe("constant", 2, 200, shift=-1), [0, 0]),
    (recipe("constant", 1, 300, shift=3), recipe("constant", 2, 200, shift=4), [3, 0]),
    (recipe("uniform", 1, 3), recipe("uniform", 2, 3), [0, 0]),
    (recipe("uniform", 1, 30000), recipe("uniform", 2, 20000, shift=3), [0, 0]),
]

if __name__ == "__main__":
    write("ks", [ks(*pair) for pair in PAIRS])
    write("kolmogorov", kolmogorov())
    write("special-functions", special_functions())
    write("psi", [decile_psi(*drift) for drift in DRIFTS])
    write("evidently", [evidently_psi(left, right) for left, right, _ in DRIFTS if left["shape"] in ("uniform", "bell")])
    write(
        "categories",
        [
            categories([30, 20, 50], [25, 30, 45]),
            categories([300, 200, 0, 500], [250, 300, 45, 405]),
            categories([300, 200, 7, 500], [250, 300, 0, 405]),
            categories([1, 2, 0], [0, 1, 5]),
            categories([10, 0], [0, 10]),
            categories(list(range(1, 301)), list(range(300, 0, -1))),
            categories([1000000, 2000000], [1000100, 1999000]),
        ],
    )
    cases = [(2000, 0, 0.5), (2000, 10, 0.5), (1999, 3, 0.4), (60, 0, 0.7), (25, 0, 0.5)]
    write(
        "classification",
        [classification({"seed": 40 + i, "n": n, "ties": t, "threshold": c}) for i, (n, t, c) in enumerate(cases)],
    )
    write(
        "regression",
        [
            regression(recipe("bell", 1, 1000), recipe("bell", 21, 1000, scale=0.1)),
            regression(recipe("bell", 1, 100000, shift=1e9), recipe("bell", 21, 100000, scale=0.1)),
            regression(recipe("tied", 1, 5000), recipe("bell", 21, 5000, scale=40)),
            regression(recipe("uniform", 1, 2), recipe("uniform", 21, 2)),
        ],
    )
    write("quantiles", [quantiles(recipe(s, 5, n)) for s, n in [("uniform", 1), ("bell", 2), ("uniform", 1000), ("tied", 777)]])
    write("fairness", [fairness(70, 3000, 5), fairness(80, 400, 3)])
    digests = [f"sha256:{hashlib.sha256(text).hexdigest()}" for text in (b"reference", b"current")]
    write("sample", [sample(digests, "reference/amount", 1000, 20), sample(digests[:1], "x", 5, 10), sample(digests, "y", 10**15, 4)])
