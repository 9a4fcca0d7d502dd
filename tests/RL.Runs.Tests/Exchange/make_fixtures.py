"""Writes policies in the layouts of Stable-Baselines3 and of torch.onnx, with outputs that PyTorch computes: python3 make_fixtures.py FOLDER ROWS.

The modules have the names and shapes of stable_baselines3 2.3 (common/policies.py, td3/policies.py, sac/policies.py, common/torch_layers.py),
the zip files those of common/save_util.py. The files in fixtures/ are what `python3 make_fixtures.py fixtures 8 small` wrote with PyTorch 1.13.
"""
import json
import os
import pickle
import sys
import types
import zipfile

import numpy as np
import torch as th
from torch import nn

folder, rows, small = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
th.manual_seed(1)


def mlp(inputs, hidden, outputs=None, activation=nn.ReLU, squash=False):
    layers = []
    for units in hidden:
        layers += [nn.Linear(inputs, units), activation()]
        inputs = units
    if outputs:
        layers.append(nn.Linear(inputs, outputs))
    if squash:
        layers.append(nn.Tanh())
    return nn.Sequential(*layers)


class NatureCnn(nn.Module):
    def __init__(self, flat):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(3, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3, 1), nn.ReLU(), nn.Flatten())
        self.linear = nn.Sequential(nn.Linear(flat, 512), nn.ReLU())

    def forward(self, x):
        return self.linear(self.cnn(x.float() / 255))


class MlpExtractor(nn.Module):
    def __init__(self, inputs, hidden, activation):
        super().__init__()
        self.policy_net = mlp(inputs, hidden, activation=activation)
        self.value_net = mlp(inputs, hidden, activation=activation)


class ActorCritic(nn.Module):
    def __init__(self, inputs, outputs, hidden, activation, continuous, image=False):
        super().__init__()
        if continuous:
            self.log_std = nn.Parameter(th.linspace(-1, 0, outputs))
        if image:
            self.features_extractor = NatureCnn(inputs)
            self.pi_features_extractor = self.vf_features_extractor = self.features_extractor
            inputs = 512
        self.mlp_extractor = MlpExtractor(inputs, hidden, activation)
        last = hidden[-1] if hidden else inputs
        self.action_net, self.value_net, self.image = nn.Linear(last, outputs), nn.Linear(last, 1), image

    def forward(self, x):
        return self.action_net(self.mlp_extractor.policy_net(self.features_extractor(x) if self.image else x))


class Actor(nn.Module):
    def __init__(self, inputs, outputs, hidden, stochastic):
        super().__init__()
        self.stochastic = stochastic
        if stochastic:
            self.latent_pi = mlp(inputs, hidden)
            self.mu, self.log_std = nn.Linear(hidden[-1], outputs), nn.Linear(hidden[-1], outputs)
        else:
            self.mu = mlp(inputs, hidden, outputs, squash=True)

    def forward(self, x):
        return th.tanh(self.mu(self.latent_pi(x))) if self.stochastic else self.mu(x)


class Critics(nn.Module):
    def __init__(self, inputs, outputs, hidden):
        super().__init__()
        self.qf0, self.qf1 = mlp(inputs + outputs, hidden, 1), mlp(inputs + outputs, hidden, 1)


class OffPolicy(nn.Module):
    def __init__(self, inputs, outputs, hidden, stochastic):
        super().__init__()
        self.actor = Actor(inputs, outputs, hidden, stochastic)
        if not stochastic:
            self.actor_target = Actor(inputs, outputs, hidden, stochastic)
        self.critic, self.critic_target = Critics(inputs, outputs, hidden), Critics(inputs, outputs, hidden)

    def forward(self, x):
        return self.actor(x)


class Exported(nn.Module):
    """A policy with all that comes before and after it, as an exporter writes it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, 8, bias=False), nn.Sigmoid(), nn.Linear(8, 8), nn.ReLU6(), nn.Linear(8, outputs))
        self.register_buffer("mean", th.randn(inputs))
        self.register_buffer("deviation", th.rand(inputs) + 0.5)

    def forward(self, x):
        return th.clamp(self.net(th.clamp((x - self.mean) / self.deviation, -3, 3)) * 2 + 0.5, -2, 2)


def path(name):
    return os.path.join(folder, name)


def observations(shape, image):
    return th.randint(0, 256, (min(rows, 10), *shape)) if image else th.randn(rows, *shape)


def samples(name, policy, x):
    with th.no_grad():
        outputs = policy(x)
    with open(path(name + ".json"), "w") as file:
        json.dump({"observations": x.flatten(1).tolist(), "outputs": outputs.tolist()}, file)


def save(name, policy, kwargs, x):
    data = {
        "policy_class": {":type:": "<class 'abc.ABCMeta'>", ":serialized:": "gASV", "__module__": "stable_baselines3.common.policies"},
        "num_timesteps": 12345, "use_sde": False, "policy_kwargs": kwargs, "_last_obs": None,
    }
    with zipfile.ZipFile(path(name + ".zip"), "w") as archive:
        archive.writestr("data", json.dumps(data, indent=4))
        with archive.open("pytorch_variables.pth", mode="w", force_zip64=True) as file:
            th.save(None, file)
        for entry, value in (("policy", policy.state_dict()), ("policy.optimizer", {"state": {}, "param_groups": [{"lr": 3e-4}]})):
            with archive.open(entry + ".pth", mode="w", force_zip64=True) as file:
                th.save(value, file)
        archive.writestr("_stable_baselines3_version", "2.3.2")
        archive.writestr("system_info.txt", "- OS: Linux\n")
    samples(name, policy, x)


def relu(hidden):
    return {":type:": "<class 'dict'>", ":serialized:": "gASV", "activation_fn": "<class 'torch.nn.modules.activation.ReLU'>", "net_arch": hidden}


def save_statistics(size):
    """vec_normalize.pkl, with classes of the names that they have there."""
    def declare(module, name):
        parts = module.split(".")
        for i in range(len(parts)):
            sys.modules.setdefault(".".join(parts[:i + 1]), types.ModuleType(".".join(parts[:i + 1])))
        found = type(name, (), {"__module__": module})
        setattr(sys.modules[module], name, found)
        return found

    normalize = declare("stable_baselines3.common.vec_env.vec_normalize", "VecNormalize")()
    moments = declare("stable_baselines3.common.running_mean_std", "RunningMeanStd")
    box = declare("gymnasium.spaces.box", "Box")()
    box.dtype, box._shape, box.low, box.high, box._np_random = np.dtype("float32"), (size,), np.full(size, -8, "f4"), np.full(size, 8, "f4"), np.random.default_rng(1)
    normalize.obs_rms, normalize.ret_rms = moments(), moments()
    normalize.obs_rms.mean, normalize.obs_rms.var, normalize.obs_rms.count = np.linspace(-1, 1, size), np.linspace(0.5, 2, size), 100.0001
    normalize.ret_rms.mean, normalize.ret_rms.var, normalize.ret_rms.count = np.float64(1), np.float64(2), 100.0001
    normalize.observation_space, normalize.norm_obs, normalize.norm_reward, normalize.training = box, True, True, True
    normalize.clip_obs, normalize.clip_reward, normalize.gamma, normalize.epsilon, normalize.norm_obs_keys = 5.0, 10.0, 0.99, 1e-8, None
    normalize.old_reward, normalize.num_envs, normalize.render_mode = np.array([0.5]), 1, None
    with open(path("vec_normalize.pkl"), "wb") as file:
        pickle.dump(normalize, file)


hidden = [8, 6] if small else [64, 64]
save("ppo", ActorCritic(3, 1, hidden, nn.Tanh, True), {}, observations([3], False))
save("ppo-relu", ActorCritic(17, 6, hidden, nn.ReLU, True), relu(hidden), observations([17], False))
save("cartpole", ActorCritic(4, 2, hidden, nn.Tanh, False), {}, observations([4], False))
save("td3", OffPolicy(17, 6, hidden, False), {}, observations([17], False))
save("sac", OffPolicy(3, 1, hidden, True), {"use_sde": False}, observations([3], False))
if not small:
    save("coinrun", ActorCritic(1024, 15, [], nn.Tanh, False, True), {}, observations([3, 64, 64], True))
save_statistics(3)
exported, x = Exported(3, 1), observations([3], False)
th.onnx.export(exported, x, path("exported.onnx"), input_names=["obs"], output_names=["mu"], dynamic_axes={"obs": {0: "N"}}, opset_version=13)
samples("exported", exported, x)
