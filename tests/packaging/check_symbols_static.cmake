# SPDX-License-Identifier: BSD-3-Clause
# The static library keeps its copy of the queue under another name than a user's copy has.
execute_process(COMMAND ${NM} --defined-only --demangle ${LIBRARY}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)

if(NOT symbols MATCHES "reactor_moodycamel::")
  message(FATAL_ERROR "${LIBRARY} does not have the queue under the name that is looked for")
endif()
string(REGEX MATCHALL "[^\n]*[^_]moodycamel::[^\n]*" clashes "${symbols}")
if(clashes)
  list(JOIN clashes "\n" clashes)
  message(FATAL_ERROR "${LIBRARY} clashes with a user's moodycamel:\n${clashes}")
endif()
