# SPDX-License-Identifier: MIT
# Writes build_info.h. Runs at every build, because the build system does not notice a new commit. An
# unchanged file keeps its time, so that nothing is compiled again.
# The git directory is given, so that the commit of an outer repository is not taken instead.
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
