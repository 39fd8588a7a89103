"""Reads the text format of OpenMetrics, strictly: the families in order, each with its type, unit and help, and no sample twice."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)")
ENDINGS = {"counter": "_total", "info": "_info", "gauge": ""}


def read(text):
    """{name of a sample: {its labels, sorted pairs: value}}."""
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    samples, family, kind, described = {}, None, None, False
    for line in text.splitlines()[:-1]:
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            if word == "TYPE":
                assert name not in samples and rest in ENDINGS, line
                family, kind, described = name, rest, False
                samples[family + ENDINGS[kind]] = {}
            elif word == "UNIT":
                assert name == family and name.endswith("_" + rest) and not described, line
            else:
                assert word == "HELP" and name == family and not described, line
                described = True
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert described and name == family + ENDINGS[kind], line
        pairs = LABEL.findall(labels or "")
        assert ",".join(f'{key}="{text}"' for key, text in pairs) == (labels or ""), line
        key = tuple(sorted(pairs))
        assert key not in samples[name], line
        samples[name][key] = float(value)
    return samples
