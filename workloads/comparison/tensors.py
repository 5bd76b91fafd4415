"""Tokens of what torch makes: tensors, types, devices, generators. It isn't imported here."""

import sys
from typing import TYPE_CHECKING, Any

from workloads.core.errors import Incomparable

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk


def tensor_token(walk: "Walk", value: Any) -> bytes:
    """Data type, shape and elements, wherever they are; not whether gradients are wanted."""
    torch = sys.modules["torch"]
    tensor = value.detach()
    if tensor.is_meta:
        raise Incomparable("a tensor without data (on the device meta)")
    if tensor.is_nested:
        return walk.parts("nested", ((f"[{n}]", part) for n, part in enumerate(tensor.unbind())))
    if tensor.is_quantized:
        return _quantized(walk, tensor, torch)
    if tensor.layout != torch.strided:
        return _sparse(walk, tensor, torch)
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    tag = f"tensor {tensor.dtype} {tuple(tensor.shape)}"
    try:
        plain = tensor.numpy()
    except TypeError:  # numpy has no such type: bfloat16, the small floats; each fits into 32 bits
        wider = torch.float32
        if tensor.is_complex():
            wider = torch.complex64
        plain = tensor.to(wider).numpy()
    return walk.parts(tag, [("", plain)])


def _sparse(walk: "Walk", tensor: Any, torch: Any) -> bytes:
    """A sparse tensor by its shape and the elements that aren't zero."""
    if tensor.layout != torch.sparse_coo:
        tensor = tensor.to_sparse_coo()
    sparse = tensor.cpu().coalesce()
    indices, values = sparse.indices(), sparse.values()
    there = values != 0
    if values.ndim > 1:
        there = there.flatten(1).any(1)
    parts = [(".indices()", indices[:, there]), (".values()", values[there])]
    return walk.parts(f"sparse {tuple(sparse.shape)}", parts)


def _quantized(walk: "Walk", tensor: Any, torch: Any) -> bytes:
    names = ("q_scale", "q_zero_point")
    if tensor.qscheme() in (torch.per_channel_affine, torch.per_channel_symmetric):
        names = ("q_per_channel_scales", "q_per_channel_zero_points")
    scheme = [(f".{name}()", getattr(tensor, name)()) for name in names]
    return walk.parts(
        f"quantized {tensor.qscheme()}", [(".int_repr()", tensor.int_repr()), *scheme]
    )


def name_token(walk: "Walk", value: Any) -> bytes:
    """A data type, or a device."""
    return walk.parts("torch", [("", str(value))])


def generator_token(walk: "Walk", value: Any) -> bytes:
    """A generator by the state it is in."""
    return walk.parts("generator", [("", value.get_state())])
