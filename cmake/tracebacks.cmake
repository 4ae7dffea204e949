# SPDX-License-Identifier: BSD-3-Clause
# Tracebacks of what `target` throws have files and lines, also where it is optimised: gcc moves
# code that throws to a place of its own, which may stand under another line.
function(reactor_lines_of_throws target)
  target_compile_options(${target} PRIVATE
    -g1 $<$<CXX_COMPILER_ID:GNU>:-fno-reorder-blocks-and-partition>)
endfunction()
