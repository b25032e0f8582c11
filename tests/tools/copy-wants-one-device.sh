#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Two devices or two files are wrong usage, however they are named.

. "$(dirname "$0")/functions.sh"

needs_backend loopback
try 2 copy loopback:null loopback:null
has err 'two devices'
try 2 copy a b
has err 'two files'
random_file loopback:null 512
try 2 copy ./loopback:null b
has err 'two files'
try 0 copy ./loopback:null loopback:null
try 2 copy absent:x b
