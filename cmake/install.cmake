# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` leaves behind: the library, its headers, and how CMake and pkg-config find
# them. Everything is named relative to itself, so an installed tree may be moved.
option(REACTOR_INSTALL "Install the library" ${PROJECT_IS_TOP_LEVEL})
if(NOT REACTOR_INSTALL)
  return()
endif()

include(CMakePackageConfigHelpers)
set(REACTOR_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/reactor)
set(REACTOR_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS reactor EXPORT reactorTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE TYPE DOC)
install(EXPORT reactorTargets NAMESPACE reactor:: DESTINATION ${REACTOR_CMAKE_DIR})

# Who links statically links hwloc too, and gcc's libbacktrace. Who has the shared library needs
# nothing of it.
# reactor.pc says so by hwloc's flags and not in Requires.private: `pkg-config --static` would then
# ask for what a static hwloc needs, which distributions don't install along with it.
get_target_property(reactor_type reactor TYPE)
if(reactor_type STREQUAL "STATIC_LIBRARY")
  set(REACTOR_IS_STATIC ON)
  list(JOIN HWLOC_LDFLAGS " " REACTOR_PC_DEPENDENCIES)
  if(REACTOR_HAS_LIBBACKTRACE)
    string(APPEND REACTOR_PC_DEPENDENCIES " -lbacktrace")
  endif()
  string(APPEND REACTOR_PC_DEPENDENCIES " -ldl -pthread")
else()
  set(REACTOR_IS_STATIC OFF)
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/reactorConfig.cmake.in
  ${PROJECT_BINARY_DIR}/reactorConfig.cmake INSTALL_DESTINATION ${REACTOR_CMAKE_DIR})
# Until 1.0 each minor version may break the one before.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/reactorConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/reactorConfig.cmake
              ${PROJECT_BINARY_DIR}/reactorConfigVersion.cmake DESTINATION ${REACTOR_CMAKE_DIR})

# A path that is absolute replaces what it is appended to.
file(RELATIVE_PATH REACTOR_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" REACTOR_PC_UP ${REACTOR_PC_UP})
set(REACTOR_PC_LIBDIR "\${prefix}")
set(REACTOR_PC_INCLUDEDIR "\${prefix}")
cmake_path(APPEND REACTOR_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND REACTOR_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/reactor.pc.in ${PROJECT_BINARY_DIR}/reactor.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/reactor.pc DESTINATION ${REACTOR_PKGCONFIG_DIR})
