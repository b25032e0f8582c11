# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# virtio_pci_dev_enumerate, _attach and _init.
. /functions.sh

vfio iblk
try "by virtio ID" attach 2 "$(dev blk)"
try "by the modern PCI ID" attach 0x1042 "$(dev blk)"
try "by the transitional PCI ID, a modern device" attach 0x1001 "$(dev blk)"
try "by the modern PCI ID, a transitional device" attach 0x1042 "$(dev transitional)"
try "through VFIO" attach 2 "$(dev iblk)"
try "of another type" attach 4 "$(dev rng)"
unbind iblk
