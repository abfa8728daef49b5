# SPDX-License-Identifier: MIT
# Writes build_info.h. Runs at every build, because a commit moves without the build system's notice;
# an unchanged file keeps its time, so that nothing is compiled again for it.
# The directory is named, so that the commit of a repository around the source is not taken for ours.
execute_process(
  COMMAND git --git-dir=${SOURCE}/.git --no-optional-locks describe --always --dirty
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
string(REPLACE "\\" "\\\\" FLAGS "${FLAGS}")
string(REPLACE "\"" "\\\"" FLAGS "${FLAGS}")
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#define BUILD_VERSION "@VERSION@"
#define BUILD_COMMIT "@commit@"
#define BUILD_COMPILER "@COMPILER@"
#define BUILD_FLAGS "@FLAGS@"
]])
