"""Makes a tiny network's weights as safetensors and as a PyTorch checkpoint, without PyTorch.

Run in this folder with any Python 3: python3 make.py
"""

import collections
import json
import pickle
import random
import struct
import sys
import types
import zipfile

SHAPES = {
    "layer1.conv.weight": (2, 2, 5, 5), "layer1.conv.bias": (2,),
    "layer2.conv1.weight": (2, 2, 3, 3), "layer2.conv1.bias": (2,),
    "layer2.conv2.weight": (4, 2, 3, 3), "layer2.conv2.bias": (4,),
    "fc1.weight": (1, 16), "fc1.bias": (1,),
}


def size(shape):
    count = 1
    for side in shape:
        count *= side
    return count


generator = random.Random(7)
weights = {name: struct.pack(f"<{size(shape)}f", *(generator.gauss(0, 0.3) for _ in range(size(shape))))
           for name, shape in SHAPES.items()}
# The published module registers its linear layer twice.
for part in ("weight", "bias"):
    SHAPES[f"out.0.{part}"] = SHAPES[f"fc1.{part}"]
    weights[f"out.0.{part}"] = weights[f"fc1.{part}"]

header, data = {}, b""
for name, numbers in weights.items():
    header[name] = {"dtype": "F32", "shape": SHAPES[name], "data_offsets": [len(data), len(data) + len(numbers)]}
    data += numbers
text = json.dumps(header).encode()
with open("tiny.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)

# Names under which PyTorch pickles tensors.
torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


class FloatStorage:
    """Stands for PyTorch's type of storage."""


def _rebuild_tensor_v2(*_):
    """Stands for the function that PyTorch calls to rebuild a tensor."""


FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
_rebuild_tensor_v2.__module__ = "torch._utils"
torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2


class Storage:
    def __init__(self, key, count):
        self.key, self.count = key, count


class Tensor:
    def __init__(self, storage, shape):
        self.storage, self.shape = storage, shape

    def __reduce__(self):
        strides, step = [], 1
        for side in reversed(self.shape):
            strides.insert(0, step)
            step *= side
        arguments = (self.storage, 0, self.shape, tuple(strides), False, collections.OrderedDict())
        return _rebuild_tensor_v2, arguments


class Pickler(pickle._Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return ("storage", FloatStorage, thing.key, "cpu", thing.count)
        return None


tensors = collections.OrderedDict(
    (name, Tensor(Storage(str(key), size(SHAPES[name])), SHAPES[name])) for key, name in enumerate(weights))
with zipfile.ZipFile("tiny.pth.tar", "w") as archive:
    with archive.open("archive/data.pkl", "w") as file:
        Pickler(file, protocol=2).dump({"iteration": 5, "state_dict": tensors})
    archive.writestr("archive/byteorder", "little")
    for key, numbers in enumerate(weights.values()):
        archive.writestr(f"archive/data/{key}", numbers)
    archive.writestr("archive/version", "3\n")
