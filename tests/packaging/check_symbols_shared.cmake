# SPDX-License-Identifier: BSD-3-Clause
# The shared library exports what is ours, and what the compiler makes of it. Nothing else.
execute_process(COMMAND ${NM} --dynamic --defined-only --demangle ${LIBRARY}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")

set(ours ${symbols})
list(FILTER ours INCLUDE REGEX "^[0-9a-f]+ [A-Za-z] reactor::")
list(FILTER symbols EXCLUDE REGEX "^[0-9a-f]+ [A-Za-z] ((typeinfo|typeinfo name|vtable) for |\
non-virtual thunk to )?reactor::")

if(NOT ours)
  message(FATAL_ERROR "${LIBRARY} exports nothing of ours")
endif()
if(symbols)
  list(JOIN symbols "\n" symbols)
  message(FATAL_ERROR "${LIBRARY} exports what it should not:\n${symbols}")
endif()
