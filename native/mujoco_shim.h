// The functions of mujoco_shim.cpp that mujoco_compile.cpp calls; the head of mujoco_shim.cpp says what they do.
#pragma once

#include <cstdint>

#define EXPORT extern "C" __attribute__((visibility("default")))

struct mjModel_;
typedef struct mjModel_ mjModel;
struct Simulation;

EXPORT const char* rl_mujoco_open(const char* library);
EXPORT const char* rl_mujoco_load(const char* xml, int length, mjModel** model);
EXPORT const char* rl_mujoco_load_file(const char* path, mjModel** model);
EXPORT const char* rl_mujoco_binary(const mjModel* model, void* bytes, int64_t* length);
EXPORT const char* rl_mujoco_check(const mjModel* model);
EXPORT const char* rl_mujoco_make(const mjModel* model, Simulation** simulation);
EXPORT const char* rl_mujoco_forward(Simulation* simulation);
EXPORT const char* rl_mujoco_step(Simulation* simulation, int count, int contact_forces);
