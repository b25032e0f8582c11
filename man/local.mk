# SPDX-License-Identifier: BSD-3-Clause
#
# Manual pages, in mdoc(7), and what else is there to be read. Section 3 has a
# page for each group of calls; each further name of a page is a link, one line
# with `.so`. Every page is listed here, once.

dist_man_MANS += \
	man/virtio-poll-ctl.1 \
	man/virtio_address_target.3 \
	man/virtio_backend_foreach.3 \
	man/virtio_backend_query.3 \
	man/virtio_dev_acquire_queue.3 \
	man/virtio_dev_construct.3 \
	man/virtio_dev_dump_json_info.3 \
	man/virtio_dev_enumerate.3 \
	man/virtio_dev_get_mem_limits.3 \
	man/virtio_dev_get_status.3 \
	man/virtio_dev_has_feature.3 \
	man/virtio_dev_open.3 \
	man/virtio_dev_poll_events.3 \
	man/virtio_dev_read_dev_config.3 \
	man/virtio_dev_report.3 \
	man/virtio_dev_reset.3 \
	man/virtio_dev_set_timeout.3 \
	man/virtio_device_type_name.3 \
	man/virtio_json_writer_new.3 \
	man/virtio_last_error.3 \
	man/virtio_log.3 \
	man/virtio_log_set.3 \
	man/virtio_mem_alloc.3 \
	man/virtio_mem_pool_new.3 \
	man/virtio_mem_register.3 \
	man/virtio_pci_addr_parse.3 \
	man/virtio_pci_dev_enumerate.3 \
	man/virtio_recv_pkts.3 \
	man/virtio_set_error.3 \
	man/virtio_set_sigbus_guard.3 \
	man/virtio_set_thread_ops.3 \
	man/virtio_sigbus_guard_add.3 \
	man/virtio_time_left.3 \
	man/virtio_user_dev_init.3 \
	man/virtqueue_dev.3 \
	man/virtqueue_get_error.3 \
	man/virtqueue_req_start.3 \
	man/virtqueue_req_submit.3 \
	man/virtqueue_wait.3 \
	man/virtio-poll-abi.7 \
	man/virtio-poll-loopback.7 \
	man/virtio-poll-pci.7 \
	man/virtio-poll-plugins.7 \
	man/virtio-poll-porting.7 \
	man/virtio-poll-trace.7 \
	man/virtio-poll-vhost-user.7 \
	man/virtio-poll.7 \
	$(NULL)

dist_man_MANS += \
	man/libvirtio-poll.7 \
	man/virtio_address_finish.3 \
	man/virtio_address_take_bool.3 \
	man/virtio_address_take_features.3 \
	man/virtio_address_take_size.3 \
	man/virtio_address_take_string.3 \
	man/virtio_address_take_uint.3 \
	man/virtio_dev_backend_ctx.3 \
	man/virtio_dev_backend_ops.3 \
	man/virtio_dev_describe.3 \
	man/virtio_dev_destruct.3 \
	man/virtio_dev_find_and_acquire_queue.3 \
	man/virtio_dev_get_device_features.3 \
	man/virtio_dev_get_device_id.3 \
	man/virtio_dev_get_event_fd.3 \
	man/virtio_dev_queue_get_thread.3 \
	man/virtio_dev_queue_is_acquired.3 \
	man/virtio_dev_release_queue.3 \
	man/virtio_dev_set_status.3 \
	man/virtio_dev_start.3 \
	man/virtio_dev_stop.3 \
	man/virtio_dev_write_dev_config.3 \
	man/virtio_dev_write_json_config.3 \
	man/virtio_device_type_id.3 \
	man/virtio_feature_bit.3 \
	man/virtio_feature_name.3 \
	man/virtio_json_array_begin.3 \
	man/virtio_json_array_end.3 \
	man/virtio_json_bool.3 \
	man/virtio_json_name.3 \
	man/virtio_json_null.3 \
	man/virtio_json_object_begin.3 \
	man/virtio_json_object_end.3 \
	man/virtio_json_string.3 \
	man/virtio_json_text_sink.3 \
	man/virtio_json_uint64.3 \
	man/virtio_json_writer_end.3 \
	man/virtio_mem_free.3 \
	man/virtio_mem_pool_free.3 \
	man/virtio_mem_pool_get.3 \
	man/virtio_mem_pool_put.3 \
	man/virtio_mem_unregister.3 \
	man/virtio_pci_addr_compare.3 \
	man/virtio_pci_addr_format.3 \
	man/virtio_pci_dev_attach.3 \
	man/virtio_pci_dev_init.3 \
	man/virtio_sigbus_guard_hit.3 \
	man/virtio_sigbus_guard_remove.3 \
	man/virtio_thread_current.3 \
	man/virtqueue_arm.3 \
	man/virtqueue_disarm.3 \
	man/virtqueue_free_descs.3 \
	man/virtqueue_get_fd.3 \
	man/virtqueue_get_stats.3 \
	man/virtqueue_in_flight.3 \
	man/virtqueue_index.3 \
	man/virtqueue_recv_failed.3 \
	man/virtqueue_req_abort.3 \
	man/virtqueue_req_add_iovs.3 \
	man/virtqueue_req_flush.3 \
	man/virtqueue_size.3 \
	$(NULL)

EXTRA_DIST += \
	HACKING.md \
	NEWS \
	README.md \
	SECURITY.md \
	man/html.css \
	man/html.sh \
	$(NULL)

# `make html`: all pages as HTML, in html/ of the build folder; begin at
# html/index.html. `make install-html` puts them into htmldir. Neither is a part
# of `all`, as only they need mandoc.
html-local:
	@if test -z "$(MANDOC)"; then \
		echo "make html needs mandoc; install it and configure again" >&2; \
		exit 1; \
	fi
	$(AM_V_GEN)MANDOC="$(MANDOC)" $(SHELL) "$(srcdir)/man/html.sh" \
		"$(srcdir)/man" html "$(PACKAGE_STRING)"

install-html-local: html-local
	$(MKDIR_P) "$(DESTDIR)$(htmldir)"
	$(INSTALL_DATA) html/*.html html/*.css "$(DESTDIR)$(htmldir)"

uninstall-local:
	cd "$(DESTDIR)$(htmldir)" 2>/dev/null && \
		rm -f index.html html.css *virtio*.[137].html virtqueue*.3.html || :

CLEANFILES += html/*.html html/*.css
