"""For evaluate_test.cpp: what torchvision makes of the images that essl-train sees. Exits with 77 without torchvision.

    torchvision_check.py IMAGES.idx FOLDER

Writes FOLDER/resnet18.safetensors (random weights and statistics, with the classifier) and FOLDER/resnet18.csv, its
features of every image; and FOLDER/run.csv, those of FOLDER/run/weights.safetensors in torchvision's own network.
"""

import json
import struct
import sys
import types

# torchvision's own kernels, which ResNet has no use for, may be of a build of torch other than this one: then what
# describes them to torch must not be imported.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
try:
    import numpy as np
    import torch
    from torchvision.models.resnet import BasicBlock, ResNet
except ImportError:
    sys.exit(77)


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    kinds = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            array = np.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
            tensors[name] = torch.from_numpy(array.copy())
    return tensors


def features(network, images, path):
    network.fc = torch.nn.Identity()
    with torch.no_grad():
        np.savetxt(path, network.eval()(images).numpy(), delimiter=",")


images_path, folder = sys.argv[1:]
torch.set_num_threads(1)
torch.manual_seed(1)
with open(images_path, "rb") as file:
    _, count, height, width = struct.unpack(">4i", file.read(16))
    pixels = np.frombuffer(file.read(), np.uint8).reshape(count, 1, height, width)
images = torch.from_numpy(pixels.copy()).expand(-1, 3, -1, -1).float() / 255

network = ResNet(BasicBlock, [2, 2, 2, 2])
for module in network.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.running_mean.normal_(0, 0.1)
        module.running_var.uniform_(0.5, 2)
write_safetensors(f"{folder}/resnet18.safetensors", network.state_dict())
features(network, images, f"{folder}/resnet18.csv")

network = ResNet(BasicBlock, [1, 1, 1, 1])
missing, unexpected = network.load_state_dict(read_safetensors(f"{folder}/run/weights.safetensors"), strict=False)
assert missing == ["fc.weight", "fc.bias"] and not unexpected, (missing, unexpected)
features(network, images, f"{folder}/run.csv")
