# SPDX-License-Identifier: BSD-3-Clause
# What many programs begin with is read once for all of them, where a build is made to be quick, as a
# unity build is. Others, as the presets dev and aarch64, tell what a file forgot to include.

# Makes `library`, which has nothing but these headers. Its options must be those of all that use it.
function(reactor_precompile library)
  set(empty ${CMAKE_CURRENT_BINARY_DIR}/${library}.cpp)
  file(CONFIGURE OUTPUT ${empty} CONTENT "")
  add_library(${library} OBJECT EXCLUDE_FROM_ALL ${empty})
  target_precompile_headers(${library} PRIVATE ${ARGN})
endfunction()

function(reactor_begins_with target library)
  if(CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} REUSE_FROM ${library})
  endif()
endfunction()
