"""What tuning believes: labels, readers and teachers."""

import pytest

from nlp.training.aspects import Aspects
from nlp.training.lessons import Lessons
from nlp.training.rows import Row


@pytest.mark.model
def test_a_text_without_a_label_learns_from_the_teacher_alone():
    import torch

    from nlp.training.tuning import _mood_loss

    aspects = Aspects.whole((), severe=False)
    lessons = Lessons.of([Row("a", "x", None, "", False, aspects)], ["x"])
    row, weights = torch.zeros(1, dtype=torch.int64).numpy(), torch.ones(1)
    sure_of_neg, sure_of_pos = torch.tensor([[9.0, 0, 0]]), torch.tensor([[0.0, 0, 9]])
    assert _mood_loss(sure_of_neg, lessons, row, weights) == 0
    lessons.taught[0] = (0, 0, 1)
    agrees = _mood_loss(sure_of_pos, lessons, row, weights)
    assert agrees < 0.01 < _mood_loss(sure_of_neg, lessons, row, weights)


@pytest.mark.model
def test_a_reader_who_judged_as_we_do_is_believed_more_than_a_teacher():
    import torch

    from nlp.training.tuning import _mood_loss

    judged = Row("a", "x", "neg", "", False, Aspects.whole((), severe=False))
    lessons = Lessons.of([judged, Row("a", "y", "neg", "", False)], ["x", "y"])
    lessons.taught[:] = (0, 0, 1)
    says_neg = torch.tensor([[9.0, 0, 0]])
    by_reader, by_set = (
        _mood_loss(says_neg, lessons, torch.tensor([row]).numpy(), torch.ones(1)) for row in (0, 1)
    )
    assert by_reader < by_set
