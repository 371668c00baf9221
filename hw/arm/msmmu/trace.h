#include "trace/trace-hw_arm_msmmu.h"
