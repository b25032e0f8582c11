# SPDX-License-Identifier: BSD-3-Clause
#
# Completion of virtio-poll-ctl for bash, where that looks for it.

if BUILD_TOOL
bashcompletiondir = $(VP_BASH_COMPLETION_DIR)
dist_bashcompletion_DATA = bash-completion/virtio-poll-ctl
else
EXTRA_DIST += bash-completion/virtio-poll-ctl
endif
