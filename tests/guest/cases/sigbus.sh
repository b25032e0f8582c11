# SPDX-License-Identifier: BSD-3-Clause
# boot: free
#
# Registers that vanish under the program.
. /functions.sh

vfio iblk
for mode in type1 ${built:+cdev}; do
	address=pci:$(dev iblk),access=$mode
	try "access=$mode: with the guard on, the device is reported as removed" \
		sigbus "$address" on
	try "access=$mode: a kick that the guard caught is noticed by polling" \
		sigbus "$address" kick
	sigbus "$address" off >$out 2>&1
	check "access=$mode: with the guard off, the program ends by SIGBUS" $? = 135
	try "access=$mode: the device can be opened again" blk read "$address" 4096 64 1
done
unbind iblk
