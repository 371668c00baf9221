# SPDX-License-Identifier: GPL-2.0-or-later
#
# msmmu's commands. "make help" lists them; scripts/demo and scripts/check
# install what the host lacks first. A build directory of your own gets a
# Makefile from configure that includes this one.

SRC := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
SRC := $(SRC:/=)
BUILD ?= $(SRC)/build
override BUILD := $(abspath $(BUILD))
PREFIX ?=
DESTDIR ?=
PYTHON := /usr/bin/python3 -B
DO_BUILD := $(PYTHON) $(SRC)/scripts/lib/msmmu_build.py --build $(BUILD)
DO_CHECK := $(PYTHON) $(SRC)/scripts/check-all --build $(BUILD)

# What configure was told that others must know: a mirror to fetch from.
-include $(BUILD)/config.mk

.PHONY: all build demo demo-acpi demo-engine check check-setup check-unit \
	check-mutants check-qtest check-guest bench lab check-lab lint install \
	clean distclean help
.NOTPARALLEL:

all build:
	@$(DO_BUILD) emulator

demo: build
	@$(SRC)/scripts/msmmu-demo --qemu $(BUILD)/qemu-system-aarch64

# The same by ACPI tables through UEFI firmware, then behind ten
demo-acpi: build
	@$(SRC)/scripts/msmmu-demo --qemu $(BUILD)/qemu-system-aarch64 \
		--firmware uefi
	@$(SRC)/scripts/msmmu-demo --qemu $(BUILD)/qemu-system-aarch64 \
		--firmware uefi --instances 10

demo-engine: build
	@$(SRC)/scripts/msmmu-engine-demo --qemu $(BUILD)/qemu-system-aarch64

check:
	@$(DO_CHECK) $(SUITES)

check-setup:
	@$(DO_CHECK) setup

check-unit:
	@$(DO_CHECK) unit

check-mutants:
	@$(DO_CHECK) mutants

check-qtest:
	@$(DO_CHECK) qtest

check-guest:
	@$(DO_CHECK) guest

bench:
	@$(DO_BUILD) bench
	@$(SRC)/scripts/msmmu-bench --build $(BUILD) $(BENCH)

lab: build
	@$(SRC)/scripts/msmmu-guest matrix --output $(BUILD)/lab \
		--qemu $(BUILD)/qemu-system-aarch64 $(LAB)

check-lab:
	@$(DO_CHECK) lab

lint:
	@$(PYTHON) $(SRC)/scripts/lint --build $(BUILD)

install:
	@$(DO_BUILD) install $(if $(PREFIX),--prefix=$(PREFIX)) \
		$(if $(DESTDIR),--destdir=$(DESTDIR))

clean:
	@$(DO_BUILD) clean

distclean:
	@$(DO_BUILD) distclean

help:
	@echo 'make              build $(BUILD)/qemu-system-aarch64'
	@echo 'make demo         boot kernels behind SMMUs that differ'
	@echo 'make demo-acpi    the same by ACPI through UEFI, behind 3 SMMUs and 10'
	@echo 'make demo-engine  DMA test engines behind SMMUs, driven from Linux'
	@echo 'make check        all tests: check-setup, check-unit, check-mutants,'
	@echo '                  check-qtest, check-guest (SUITES="unit lint" for some)'
	@echo 'make bench        what a DMA costs here, and behind others:'
	@echo '                  $(BUILD)/bench/report.json, report.svg'
	@echo '                  (BENCH="--quick --bench core" for a part of it)'
	@echo 'make lab          kernels behind many SMMUs: $(BUILD)/lab/report.html'
	@echo '                  (LAB="--resume --kernel debian:6.1": for the matrix)'
	@echo 'make check-lab    the same with own kernels, by all firmware, as a test'
	@echo 'make lint         style and warnings, as errors'
	@echo 'make install      install below PREFIX (configure --prefix)'
	@echo 'make clean        remove what was compiled'
	@echo 'make distclean    remove the build directory'
	@echo 'JOBS=N            compile N files at a time'
	@echo 'Options of the build: ./configure --help'
