// Not MuJoCo's: the shape that its headers have from 3.6 on, as far as native/mujoco_shim.cpp touches it, so that a test can compile the
// shim for MuJoCo 3 where only MuJoCo 2 is installed. What differs: version numbers of seven digits, sizes of 64 bits, booleans, opaque
// files in memory, and the names of the lists in mjxmacro.h.
#pragma once

#include <cstddef>
#include <cstdint>

#define mjVERSION_HEADER 3006000

typedef double mjtNum;
typedef unsigned char mjtByte;
typedef bool mjtBool;
typedef int64_t mjtSize;

enum { mjNWARNING = 8, mjNREF = 2 };
enum { mjOBJ_MESH = 1, mjOBJ_SKIN, mjOBJ_HFIELD, mjOBJ_TEXTURE, mjOBJ_ACTUATOR };
enum { mjCAMERA_FREE, mjCAMERA_TRACKING, mjCAMERA_FIXED };
enum { mjCAT_ALL = 7, mjFONTSCALE_100 = 100, mjFB_WINDOW = 0 };

typedef struct mjVFS_ { void* impl_; } mjVFS;
typedef struct mjOption_ { mjtNum timestep; mjtNum gravity[3]; int integrator; } mjOption;
typedef struct mjStatistic_ { mjtNum meaninertia, meanmass, meansize, extent; } mjStatistic;

typedef struct mjModel_ {
  mjtSize nq, nv, nu, nbody, ncam, nuser_body;
  mjtSize nmesh, nmeshvert, nmeshnormal, nmeshtexcoord, nmeshface;
  mjtSize nskin, nskinvert, nskintexvert, nskinface, nskinbone, nskinbonevert;
  mjtSize nhfield, nhfielddata, ntex, ntexdata, nplugin;
  mjOption opt;
  mjStatistic stat;
  mjtNum *qpos0, *body_mass, *body_user, *actuator_ctrlrange;
  mjtBool* actuator_ctrllimited;
  float* mesh_vert;
  int *mesh_vertadr, *mesh_vertnum, *mesh_faceadr, *mesh_facenum, *mesh_normaladr, *mesh_normalnum, *mesh_texcoordadr, *mesh_texcoordnum;
  int *mesh_face, *mesh_facenormal, *mesh_facetexcoord;
  int *skin_vertadr, *skin_vertnum, *skin_texcoordadr, *skin_faceadr, *skin_facenum, *skin_boneadr, *skin_bonenum;
  int *skin_face, *skin_bonevertadr, *skin_bonevertnum, *skin_bonebodyid, *skin_bonevertid;
  int *hfield_nrow, *hfield_ncol, *hfield_adr, *tex_width, *tex_height, *tex_nchannel;
  mjtSize* tex_adr;
} mjModel;

typedef struct mjWarningStat_ { int lastinfo, number; } mjWarningStat;
typedef struct mjData_ {
  mjtNum time;
  mjtNum *qpos, *sensordata;
  mjtBool* eq_active;
  int* tree_asleep;
  uintptr_t* plugin_data;
  mjWarningStat warning[mjNWARNING];
} mjData;

typedef struct mjvCamera_ { int type, fixedcamid, trackbodyid; mjtNum lookat[3], distance, azimuth, elevation; } mjvCamera;
typedef struct mjvOption_ { int flags; } mjvOption;
typedef struct mjvPerturb_ { int select; } mjvPerturb;
typedef struct mjvScene_ { int ngeom; } mjvScene;
typedef struct mjrContext_ { int id; } mjrContext;
typedef struct mjrRect_ { int left, bottom, width, height; } mjrRect;

extern "C" {
int mj_version(void);
const char* mj_versionString(void);
void mj_defaultVFS(mjVFS* vfs);
void mj_deleteVFS(mjVFS* vfs);
int mj_addBufferVFS(mjVFS* vfs, const char* name, const void* buffer, int length);
mjModel* mj_loadXML(const char* file, const mjVFS* vfs, char* error, int length);
mjModel* mj_loadModel(const char* file, const mjVFS* vfs);
void mj_saveModel(const mjModel* m, const char* file, void* buffer, int length);
mjtSize mj_sizeModel(const mjModel* m);
void mj_deleteModel(mjModel* m);
mjData* mj_makeData(const mjModel* m);
void mj_deleteData(mjData* d);
void mj_resetData(const mjModel* m, mjData* d);
void mj_forward(const mjModel* m, mjData* d);
void mj_step(const mjModel* m, mjData* d);
void mj_rnePostConstraint(const mjModel* m, mjData* d);
const char* mju_warningText(int warning, size_t info);
const char* mj_id2name(const mjModel* m, int type, int id);
void mjv_defaultCamera(mjvCamera* camera);
void mjv_defaultFreeCamera(const mjModel* m, mjvCamera* camera);
void mjv_defaultOption(mjvOption* option);
void mjv_defaultScene(mjvScene* scene);
void mjv_makeScene(const mjModel* m, mjvScene* scene, int most);
void mjv_freeScene(mjvScene* scene);
void mjv_updateScene(
    const mjModel* m, mjData* d, const mjvOption* option, const mjvPerturb* perturb, mjvCamera* camera, int categories, mjvScene* scene);
void mjr_defaultContext(mjrContext* context);
void mjr_makeContext(const mjModel* m, mjrContext* context, int scale);
void mjr_freeContext(mjrContext* context);
void mjr_setBuffer(int buffer, mjrContext* context);
void mjr_render(mjrRect view, mjvScene* scene, const mjrContext* context);
void mjr_readPixels(unsigned char* rgb, float* depth, mjrRect view, const mjrContext* context);
}
