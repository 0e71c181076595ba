"""Writes a trained network as a small ONNX file, and checks that it still answers alike."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.training.network import Network

_OPSET = 17


def export(network: Network, path: Path) -> None:
    """Write `network` with weights of one byte to `path`; scales are one a row of a matrix."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with TemporaryDirectory() as folder, warnings.catch_warnings(), _hushed():
        warnings.simplefilter("ignore")
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.ones((2, 16), dtype=torch.int64),),
            str(whole),
            input_names=["ids"],
            output_names=["mood", "aspects"],
            dynamic_axes={
                "ids": {0: "texts", 1: "pieces"},
                "mood": {0: "texts"},
                "aspects": {0: "texts"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
        graph = onnx.load(whole)
        # Shapes noted during export contradict those after quantising.
        del graph.graph.value_info[:]
        onnx.save(graph, whole)
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=True)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep the quantiser's advice, which is for larger models, from the log."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def agreement(exact: NDArray[np.float32], rounded: NDArray[np.float32]) -> float:
    """Return the share of texts whose likeliest mood rounding left as it was."""
    return float((exact.argmax(1) == rounded.argmax(1)).mean())
