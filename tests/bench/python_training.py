"""What train_speed.py compares essl-train with: the same network, data and batch in Python. Prints one JSON line an
epoch of training: {"images_per_second": …}; the first one includes every first call.

plain: the usual loop. A DataLoader of PIL images through torchvision's transforms, float32, default memory order.
tuned: as fast as PyTorch gets without compiling: images on the device as uint8, batched augmentation there,
       channels_last, autocast to bf16 on CUDA, the fused optimizer.
"""

import argparse
import gzip
import json
import math
import struct
import sys
import time
import types
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

NETWORKS = {"tiny": ([4, 8, 16], 1), "small": ([16, 32, 64], 1), "resnet18": ([64, 128, 256, 512], 2)}


def read_images(path, limit):
    """[N, 3, H, W] uint8 and [N] labels, of IDX files (grey, made RGB) or binary CIFAR-10."""
    batches = sorted(Path(path).glob("data_batch_*.bin"))
    if batches:
        rows = torch.cat([torch.frombuffer(bytearray(b.read_bytes()), dtype=torch.uint8) for b in batches])
        rows = rows.view(-1, 3073)[:limit]
        return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].long()

    def idx(stem, header):
        plain, packed = Path(path, stem), Path(path, stem + ".gz")
        data = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
        return data[:header], torch.frombuffer(bytearray(data[header:]), dtype=torch.uint8)

    header, pixels = idx("train-images-idx3-ubyte", 16)
    count, height, width = struct.unpack(">3I", header[4:])
    images = pixels.view(count, 1, height, width)[:limit].expand(-1, 3, -1, -1).contiguous()
    return images, idx("train-labels-idx1-ubyte", 8)[1][:limit].long()


class Block(nn.Module):
    """torchvision's BasicBlock."""

    def __init__(self, last, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(last, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.relu, self.downsample = nn.ReLU(True), None
        if stride != 1 or last != width:
            self.downsample = nn.Sequential(nn.Conv2d(last, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet(nn.Module):
    """The encoder and both heads."""

    def __init__(self, widths, blocks, classes=10, values=4, hidden=2048):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(True))
        stages, last = [], widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                stages.append(Block(last, width, 2 if stage > 0 and block == 0 else 1))
                last = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Sequential(nn.Linear(last, hidden), nn.ReLU(True), nn.Linear(hidden, values))
        self.probe = nn.Linear(last, classes)

    def forward(self, x):
        z = self.stages(self.stem(x)).mean((2, 3))
        return self.head(z), self.probe(z.detach())


def import_torchvision():
    """torchvision's own kernels may be of a build of torch with CUDA, this torch without, or the other way round. Its
    transforms of PIL images need none of them, but the import describes them all."""
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    from torchvision import transforms

    return transforms


class Rotated(Dataset):
    def __init__(self, images, labels, augment):
        from PIL import Image  # only here: the tuned loop does without

        T = import_torchvision()
        self.images = [Image.fromarray(i.permute(1, 2, 0).numpy()) for i in images]
        self.labels = labels.tolist()
        simclr = [
            T.RandomResizedCrop(images.shape[-1]),
            T.RandomHorizontalFlip(),
            T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            T.RandomGrayscale(p=0.2),
        ]
        self.change = T.Compose((simclr if augment == "simclr" else []) + [T.ToTensor()])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        k = int(torch.randint(4, ()))
        return torch.rot90(self.change(self.images[i]), k, (1, 2)), k, self.labels[i]


def plain_batches(arguments, images, labels):
    data = Rotated(images, labels, arguments.augment)
    loader = DataLoader(data, arguments.batch, shuffle=True, drop_last=True, num_workers=arguments.workers,
                        persistent_workers=arguments.workers > 0, pin_memory=arguments.device == "cuda")
    while True:
        for x, k, y in loader:
            yield tuple(t.to(arguments.device, non_blocking=True) for t in (x, k, y))


def batched_simclr(x):
    """SimCLR's crop, flip, jitter (in a fixed order) and grayscale, each image with its own parameters."""
    n, device = len(x), x.device
    uniform = lambda low, high: torch.empty(n, 1, 1, 1, device=device).uniform_(low, high)
    area, ratio = torch.empty(n, device=device).uniform_(0.08, 1), torch.empty(n, device=device).uniform_(-0.288, 0.288).exp()
    w, h = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    flip = torch.randint(0, 2, (n,), device=device) * 2 - 1
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 1, 1] = w * flip, h
    theta[:, 0, 2] = torch.empty(n, device=device).uniform_(-1, 1) * (1 - w)
    theta[:, 1, 2] = torch.empty(n, device=device).uniform_(-1, 1) * (1 - h)
    x = F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False)
    luma = torch.tensor([0.299, 0.587, 0.114], device=device).view(1, 3, 1, 1)
    grey = lambda t: (t * luma).sum(1, keepdim=True)
    y = (x * uniform(0.6, 1.4)).clamp(0, 1)
    contrast = uniform(0.6, 1.4)
    y = (y * contrast + grey(y).mean((2, 3), keepdim=True) * (1 - contrast)).clamp(0, 1)
    saturation = uniform(0.6, 1.4)
    y = (y * saturation + grey(y) * (1 - saturation)).clamp(0, 1)
    # Hue as a turn about the grey axis, the usual short cut.
    angle = uniform(-0.1, 0.1) * (2 * math.pi)
    mean, sine, cosine = y.mean(1, keepdim=True), angle.sin() / math.sqrt(3), angle.cos()
    y = (mean + (y - mean) * cosine + (y.roll(1, 1) - y.roll(2, 1)) * sine).clamp(0, 1)
    x = torch.where(torch.rand(n, 1, 1, 1, device=device) < 0.8, y, x)
    return torch.where(torch.rand(n, 1, 1, 1, device=device) < 0.2, grey(x).expand_as(x), x)


def tuned_batches(arguments, images, labels):
    images, labels = images.to(arguments.device), labels.to(arguments.device)
    while True:
        order = torch.randperm(len(images), device=arguments.device)
        for rows in order.split(arguments.batch):
            if len(rows) < arguments.batch:
                continue
            x = images[rows].float().div_(255)
            if arguments.augment == "simclr":
                x = batched_simclr(x)
            k = torch.randint(0, 4, (len(rows),), device=arguments.device)
            turned = torch.stack([torch.rot90(x, i, (2, 3)) for i in range(4)])
            x = turned[k, torch.arange(len(rows), device=arguments.device)]
            yield x.contiguous(memory_format=torch.channels_last), k, labels[rows]


def train(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    cuda, tuned = arguments.device == "cuda", arguments.style == "tuned"
    if cuda and tuned:
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    images, labels = read_images(arguments.data, arguments.images)
    model = ResNet(*NETWORKS[arguments.network]).to(arguments.device)
    if tuned:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=1e-6, nesterov=True, fused=tuned or None)
    steps = len(images) // arguments.batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * arguments.epochs)
    batches = (tuned_batches if tuned else plain_batches)(arguments, images, labels)
    for _ in range(arguments.epochs):
        begin = time.perf_counter()
        for _ in range(steps):
            x, k, y = next(batches)
            with torch.autocast("cuda", torch.bfloat16, enabled=cuda and tuned):
                values, classes = model(x)
            loss = F.cross_entropy(values.float(), k) + F.cross_entropy(classes.float(), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if cuda:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - begin
        print(json.dumps({"images_per_second": steps * arguments.batch / seconds, "loss": loss.item()}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--style", choices=["plain", "tuned"], default="plain")
    parser.add_argument("--network", choices=list(NETWORKS), default="small")
    parser.add_argument("--augment", choices=["none", "simclr"], default="none")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    for name, value in {"images": 4096, "batch": 128, "epochs": 2, "threads": 2, "workers": 2}.items():
        parser.add_argument("--" + name, type=int, default=value)
    train(parser.parse_args())
