#include "trace/trace-hw_misc_msmmu.h"
