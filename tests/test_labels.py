"""The ten outputs and the tags of two layers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.labels import LAYERS, OUTPUTS, SLICES, TAGS, decode, encode, tags_of
from model.schema import LABELS


def test_outputs_are_the_two_layers_one_after_the_other() -> None:
    assert len(OUTPUTS) == len(set(OUTPUTS)) == 10
    assert TAGS["entity"] == tags_of(("OFFICIAL", "TITLE", "DATE"))
    assert TAGS["clause"] == ("O", "B-DIRECTIVE", "I-DIRECTIVE")
    for layer, part in SLICES.items():
        assert OUTPUTS[part] == tuple(f"{layer}:{tag}" for tag in TAGS[layer])
    assert [i for part in SLICES.values() for i in range(10)[part]] == list(range(10))
    assert {label for labels in LAYERS.values() for label in labels} == set(LABELS)


@st.composite
def layers_of_spans(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, str]], str]:
    """Disjoint spans of a layer, often adjacent."""
    layer = draw(st.sampled_from(sorted(LAYERS)))
    spans, position = [], draw(st.integers(0, 2))
    for size, gap in draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2)), max_size=8)):
        spans.append((position, position + size, draw(st.sampled_from(LAYERS[layer]))))
        position += size + gap
    return position, spans, layer


@given(layers_of_spans())
def test_encoding_and_back(case: tuple[int, list[tuple[int, int, str]], str]) -> None:
    length, spans, layer = case
    ids = encode(length, spans, layer)
    assert ids.shape == (length,)
    assert decode(ids.tolist(), layer) == spans


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_strict_reading_of_every_short_sequence(layer: str) -> None:
    names = TAGS[layer]
    for ids in product(range(len(names)), repeat=4):
        expected, open_label, start = [], "", 0
        for i, tag in enumerate([*(names[t] for t in ids), "O"]):
            if open_label and tag != f"I-{open_label}":
                expected.append((start, i, open_label))
                open_label = ""
            if tag.startswith("B-"):
                open_label, start = tag[2:], i
        assert decode(ids, layer) == expected


def test_a_label_of_another_layer_is_refused() -> None:
    with pytest.raises(ValueError):
        encode(3, [(0, 1, "DIRECTIVE")], "entity")
