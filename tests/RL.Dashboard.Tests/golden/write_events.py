"""Event files as others write them: PyTorch's SummaryWriter (as Stable-Baselines3 and CleanRL use it) and TensorBoard's own summaries, as TensorFlow 2 writes
them. Made with PyTorch 1.13 and TensorBoard 2.21:  python3 write_events.py FOLDER"""
import os
import struct
import sys
import zlib

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.histogram import metadata as histograms
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.image import metadata as images
from tensorboard.plugins.scalar import metadata as scalars
from tensorboard.plugins.text import metadata as texts
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams as sb3_hparams


def png(width, height):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + bytes([40 * y] * 3 * width) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def cleanrl(folder):
    writer = SummaryWriter(os.path.join(folder, "Hopper-v4__td3__1__1700000000"))
    options = {"seed": 1, "learning_rate": 3e-4, "env_id": "Hopper-v4"}
    writer.add_text("hyperparameters", "|param|value|\n|-|-|\n%s" % "\n".join(f"|{key}|{value}|" for key, value in options.items()))
    for i in range(3):
        writer.add_scalar("charts/episodic_return", 2.5 * i, 100 * i)
        writer.add_scalar("new/style", 1.5 * i, 100 * i, new_style=True)
        writer.add_scalar("new/double", 1.25 * i, 100 * i, new_style=True, double_precision=True)
    writer.add_histogram("weights", np.random.RandomState(0).randn(1000), 200)
    writer.add_image("picture", np.linspace(0, 1, 3 * 4 * 8).reshape(3, 4, 8), 7)
    writer.add_hparams({"lr": 0.1, "optimizer": "adam"}, {"hparam/accuracy": 0.9})
    writer.close()


def stable_baselines(folder):
    writer = SummaryWriter(os.path.join(folder, "PPO_1"))
    for summary in sb3_hparams({"algorithm": "PPO", "gamma": 0.99}, {"rollout/ep_rew_mean": 0.0}):
        writer.file_writer.add_summary(summary)
    for i in range(3):
        writer.add_scalar("rollout/ep_rew_mean", 10.0 * i, 2048 * i)
    writer.close()


def tensorflow(folder):
    writer = EventFileWriter(os.path.join(folder, "fit", "train"))

    def put(tag, value, metadata, step):
        summary = summary_pb2.Summary()
        summary.value.add(tag=tag, tensor=tensor_util.make_tensor_proto(value))
        if step == 0:  # Said once for a tag.
            summary.value[0].metadata.CopyFrom(metadata)
        writer.add_event(event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary))

    for step in range(3):
        put("epoch_loss", np.float32(1 / (step + 1)), scalars.create_summary_metadata("", ""), step)
        put("samples", np.array(300 * step, dtype=np.int64), scalars.create_summary_metadata("", ""), step)
        put("kernel", np.array([[0, 1, 5], [1, 2, 7]], dtype=np.float64), histograms.create_summary_metadata("", ""), step)
        put("input", np.array([b"8", b"4", png(8, 4), png(8, 4)], dtype=object), images.create_summary_metadata("", ""), step)
        put("note", np.array(b"hello", dtype=object), texts.create_summary_metadata("", ""), step)
    writer.add_event(event_pb2.Event(wall_time=1.7e9, summary=hparams.hparams_pb({"lr": 0.01, "optimizer": "adam", "shuffle": True}, trial_id="t")))
    writer.close()


for write in (cleanrl, stable_baselines, tensorflow):
    write(sys.argv[1])
