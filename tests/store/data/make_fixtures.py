"""Writes the fixtures of tests/store with NumPy and h5py; the files beside this script are its output.

Every embedding holds z[i, j] = (i + 4 j) / 4 - 1 with i < 8, j < 3: exact in every type, column means included.
Labels are y = -3 … 4 (0 … 7 where unsigned), t = i mod 4, source = i // 4.
"""
import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
i = np.arange(8)
z = (i[:, None] + 4 * np.arange(3)[None, :]) / 4 - 1
y, t, source = i - 3, i % 4, i // 4

# As a newcomer writes it.
with h5py.File(here / "minimal.h5", "w") as f:
    f["z"] = z.astype("float32")
    f["y"] = y
    f["t"] = t
    f["source"] = source

# Every type that is accepted.
with h5py.File(here / "types.h5", "w") as f:
    for code in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
        f["z/" + code[1:] + ("big" if code[0] == ">" else "")] = z.astype(code)
    for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        for order in "<>":
            labels = y if code[0] == "i" else i
            f["labels/" + code + ("big" if order == ">" else "")] = labels.astype(order + code)
    f["labels/bool"] = i % 2 == 1
    f["t"] = t.astype("uint8")

# Compressed, resizable, odd chunks, the newest layout that HDF5 1.10 reads; attributes of all sorts.
with h5py.File(here / "chunked.h5", "w", libver=("v108", "v110")) as f:
    d = f.create_dataset("z/deep/er", data=z.astype("float16"), chunks=(3, 2), compression="gzip", shuffle=True,
                         maxshape=(None, 3), fletcher32=True)
    d.attrs["epoch"] = 3
    d.attrs["layer"] = "head"
    f["y"], f["t"] = y, t
    f.attrs["transform"] = "rotation4"
    f.attrs["fixed"] = np.bytes_("text")
    f.attrs["seed"] = np.uint8(7)
    f.attrs["array"] = [1, 2, 3]

np.savez(here / "plain.npz", z=z.astype("float16"), y=y.astype("int8"), t=t.astype(">u2"), source=source)
np.savez_compressed(here / "types.npz", t=t, **{
    "z/f4": z.astype("<f4"), "z/f4big": z.astype(">f4"), "z/f8": z, "z/f8big": z.astype(">f8"), "z/f2big": z.astype(">f2"),
    "z/columns": np.asfortranarray(z.astype("f4")), "y": y, "labels/bool": i % 2 == 1,
    **{"labels/" + code: (y if code[0] == "i" else i).astype(code) for code in ["i1", "i2", "i4", "u1", "u2", "u4", "u8"]},
    "labels/i4big": y.astype(">i4"), "labels/i8big": y.astype(">i8"),
})
maps = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2).astype("f4")
np.savez(here / "maps.npz", z=np.asfortranarray(maps), y=i[:2], t=i[:2])
np.savez(here / "objects.npz", z=np.array([[None, 1]] * 8, dtype=object), y=y, t=t)
np.savez(here / "wide_label.npz", z=z, y=np.array([2**63 + i for i in range(8)], dtype="u8"), t=t)
np.save(here / "single.npy", z)
