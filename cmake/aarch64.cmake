# SPDX-License-Identifier: BSD-3-Clause
# For 64-bit ARM: Debian's cross compiler, the libraries that `tools/setup --arch aarch64` has put
# into build/aarch64-root, and qemu to run what was built.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

set(root ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root)
cmake_path(ABSOLUTE_PATH root NORMALIZE)
set(CMAKE_FIND_ROOT_PATH ${root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(ENV{PKG_CONFIG_LIBDIR} ${root}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})

set(CMAKE_CXX_FLAGS_INIT "-isystem ${root}/usr/include/aarch64-linux-gnu")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--disable-new-dtags,-rpath-link,${root}/usr/lib/aarch64-linux-gnu")
set(CMAKE_BUILD_RPATH ${root}/usr/lib/aarch64-linux-gnu)
# On one CPU. On two, qemu 7.2 lets an x86 overtake the guest's sequentially consistent stores with
# loads: in a store-buffering test both threads read 0 in a quarter of the rounds, and wake-ups are lost.
set(CMAKE_CROSSCOMPILING_EMULATOR taskset;-c;0;qemu-aarch64;-L;/usr/aarch64-linux-gnu)
