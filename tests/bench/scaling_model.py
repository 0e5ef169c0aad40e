"""What the neighbour counts would take on P ranks: a simulated run of their schedule from measured constants.

    scaling_model.py [ROWS] [DIMS] [ANCHORS]        default: 10^8 rows, 16 dims, all rows

The schedule is that of analysis/neighbors: every rank reads all rows and orders them, searches the radii of its share of
the rows, and counts every P-th pair of blocks; radii are gathered, counts summed. Ranks differ in speed by a normal 3 %
(seeded), and all wait for the slowest. Constants: `PAIR` and `CELL_PAIR` from bench-speed's narrow sample, one thread;
the network is one of 100 Gbit/s with 64 ranks a node sharing its link.
"""
import random
import sys

PAIR = 4.6e-10      # seconds a pair of rows at 16 dimensions, all four radii, AVX-512 (AMX: 3.7e-10)
PREPARE = 1.2e-6    # seconds a row: whitening, order, panels; on every rank alike
READ = 1.0e9        # bytes a second from the file, on every rank alike
LINK = 12.5e9       # bytes a second into a node
LATENCY = 5e-6
PER_NODE, CELLS, RADII, COUNTER, BLOCK = 64, 40, 4, 16, 2048


def seconds(rows, dims, anchors, ranks, speeds):
    pair = PAIR * (0.4 + 0.6 * dims / 16)
    asked = anchors or rows
    blocks = -(-rows // BLOCK)
    counted = rows * rows / 2 if not anchors else 2 * anchors * rows
    own_pairs = -(-(blocks * (blocks + 1) // 2) // ranks) * BLOCK * BLOCK if not anchors else counted / ranks
    arithmetic = (own_pairs + asked * rows / CELLS / ranks) * pair / min(speeds[:ranks])
    alike = rows * (PREPARE + 4 * dims / READ)
    exchanged = asked * RADII * 8 + 2 * asked * RADII * COUNTER
    nodes = -(-ranks // PER_NODE)
    network = exchanged / LINK * min(ranks, PER_NODE) * (1 if nodes > 1 else 0.1) + LATENCY * ranks.bit_length()
    return arithmetic, alike, (network if ranks > 1 else 0.0)


def main(rows=10**8, dims=16, anchors=0):
    rows, dims, anchors = int(float(rows)), int(dims), int(float(anchors))
    stream = random.Random(0)
    speeds = [max(0.5, stream.gauss(1, 0.03)) for _ in range(65536)]
    held = rows * (12 * dims + 181 + (RADII + 1) * COUNTER)
    print(f"N = {rows:.0e}, d = {dims}, " + (f"{anchors:.0e} anchors" if anchors else "all rows") +
          f": {held / 1e9:.0f} GB a rank of one thread, {(2 * anchors * rows or rows * rows / 2) * dims * 2:.1e} FLOP")
    print(f"{'ranks':>6} {'counting':>12} {'alike':>9} {'network':>9} {'total':>12} {'efficiency':>10}")
    one = sum(seconds(rows, dims, anchors, 1, speeds))
    for ranks in (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536):
        parts = seconds(rows, dims, anchors, ranks, speeds)
        print(f"{ranks:>6} {parts[0]:>10.1f} s {parts[1]:>7.1f} s {parts[2]:>7.1f} s {sum(parts):>10.1f} s "
              f"{one / ranks / sum(parts):>10.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
