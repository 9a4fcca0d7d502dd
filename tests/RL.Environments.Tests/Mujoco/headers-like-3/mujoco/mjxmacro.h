// Not MuJoCo's: see mujoco.h beside it.
#pragma once

#define MJOPTION_FIELDS           \
  X   ( mjtNum, timestep,   1 )   \
  XVEC( mjtNum, gravity,    3 )   \
  X   ( int,    integrator, 1 )

#define MJMODEL_SIZES X( nq ) X( nv ) X( nu ) X( nbody ) X( nuser_body )

#define MJ_M(n) n

#define MJMODEL_POINTERS                                              \
  X   ( mjtNum,  qpos0,                nq,        1                )  \
  XNV ( mjtNum,  body_mass,            nbody,     1                )  \
  X   ( mjtNum,  body_user,            nbody,     MJ_M(nuser_body) )  \
  X   ( mjtNum,  actuator_ctrlrange,   nu,        2                )  \
  X   ( mjtBool, actuator_ctrllimited, nu,        1                )  \
  X   ( float,   mesh_vert,            nmeshvert, 3                )  \
  X   ( mjtSize, tex_adr,              ntex,      1                )

#define MJDATA_POINTERS                        \
  X   ( mjtNum,    qpos,        nq,      1 )   \
  XNV ( mjtNum,    sensordata,  nv,      1 )   \
  X   ( mjtBool,   eq_active,   nbody,   1 )   \
  X   ( int,       tree_asleep, nbody,   1 )   \
  X   ( uintptr_t, plugin_data, nplugin, 1 )

#define XNV X
