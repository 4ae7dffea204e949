// SPDX-License-Identifier: BSD-3-Clause
// A static hwloc wants libudev, for what is not asked of it here; there is no static one.
extern "C" {
void* udev_new() {
  return nullptr;
}
void udev_unref(void*) {}
void* udev_device_new_from_subsystem_sysname(void*, char const*, char const*) {
  return nullptr;
}
char const* udev_device_get_property_value(void*, char const*) {
  return nullptr;
}
void udev_device_unref(void*) {}
}
