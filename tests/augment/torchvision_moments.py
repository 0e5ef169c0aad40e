"""Moments of torchvision's SimCLR augmentation of one image: what ours is compared with.

    python torchvision_moments.py > torchvision_moments.csv

Made with torchvision 0.28.0 and PyTorch 2.13.0 on float images, which torchvision does not round in between, as ours
are not. Each row: configuration, number of the statistic, mean and standard deviation over the draws.
"""

import torch
from torchvision import transforms

DRAWS, SIZE, SEED = 30000, 32, 1
COLOUR = torch.arange(3, dtype=torch.float64)[:, None, None]
ROW = torch.arange(SIZE, dtype=torch.float64)[None, :, None]
COLUMN = torch.arange(SIZE, dtype=torch.float64)[None, None, :]


def image():
    """Waves of another length and height in each channel, so that no two symmetries agree."""
    return 0.5 + 0.4 * torch.sin(0.21 * (COLOUR + 1) * (ROW + 1) + 0.13 * COLUMN + COLOUR)


def augmentation(strength, blur):
    return transforms.Compose([
        transforms.RandomResizedCrop(SIZE, antialias=True),
        transforms.RandomHorizontalFlip(),
        transforms.RandomApply([transforms.ColorJitter(.8 * strength, .8 * strength, .8 * strength, .2 * strength)], .8),
        transforms.RandomGrayscale(.2),
        transforms.RandomApply([transforms.GaussianBlur(3, (.1, 2.))], blur),
    ])


def statistics(x):
    """Means of 4 x 4 parts, their squares, products of neighbouring channels of a part, and roughness both ways."""
    parts = x.unflatten(2, (4, 8)).unflatten(4, (4, 8)).mean((3, 5))
    products = parts * parts.roll(1, 1)
    across = (x[..., 1:] - x[..., :-1]).abs().mean((1, 2, 3))
    down = (x[..., 1:, :] - x[..., :-1, :]).abs().mean((1, 2, 3))
    return torch.cat([parts.flatten(1), parts.square().flatten(1), products.flatten(1), across[:, None], down[:, None]], 1)


def main():
    torch.manual_seed(SEED)
    print("configuration,statistic,mean,sd,draws")
    for configuration, (strength, blur) in enumerate([(0.5, 0.0), (1.0, 0.5)]):
        change = augmentation(strength, blur)
        source = image().to(torch.float32)
        rows = statistics(torch.stack([change(source) for _ in range(DRAWS)]).to(torch.float64))
        for number, (mean, sd) in enumerate(zip(rows.mean(0), rows.std(0))):
            print(f"{configuration},{number},{mean:.9f},{sd:.9f},{DRAWS}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
