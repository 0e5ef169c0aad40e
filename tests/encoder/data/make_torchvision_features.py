"""Writes torchvision_features.csv: what torchvision's ResNets make of one image, every weight and pixel of which is a
function of its name and place, so that a test can make the same without a file of weights.

    pip install torch torchvision numpy
    python tests/encoder/data/make_torchvision_features.py > tests/encoder/data/torchvision_features.csv

Made with torch 2.13.0 and torchvision 0.28.0, in float64 on a CPU.
"""

import numpy as np
import torch
import torchvision


def uniform(name, shape):
    """Numbers in [0, 1): a hash (32 bits, multiplications and shifts) of the name and the flat place."""
    seed = 0
    for character in name.encode():
        seed = (seed * 31 + character) % 2**32
    mask = np.uint64(2**32 - 1)
    x = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(2654435761) & mask
    x ^= np.uint64(seed)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> np.uint64(shift)
        x = x * np.uint64(factor) & mask
    x ^= x >> np.uint64(16)
    return torch.from_numpy(x.astype(np.float64) / 2**32).reshape(tuple(shape))


def fill(model):
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        value = uniform(name, tensor.shape)
        if tensor.dim() == 4:  # a convolution: variance 2 / fan_in
            value = (value - 0.5) * (24 / tensor[0].numel()) ** 0.5
        elif name.endswith(("weight", "running_var")):
            value = value + 0.5
        else:
            value = value - 0.5
        tensor.copy_(value)


def network(name):
    if name == "resnet50":
        model = torchvision.models.resnet50()
    else:
        model = torchvision.models.resnet18()
    if name == "resnet18_3x3":
        model.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        model.maxpool = torch.nn.Identity()
    model.fc = torch.nn.Identity()
    return model.double().eval()


with torch.no_grad():
    image = uniform("image", (1, 3, 32, 32))
    print("network,feature,value")
    for name in ("resnet18", "resnet18_3x3", "resnet50"):
        model = network(name)
        fill(model)
        features = model(image)[0]
        for i in range(0, len(features), len(features) // 128):
            print(f"{name},{i},{features[i].item():.17g}")
