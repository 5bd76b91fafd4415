"""`raytasks-tui` with a calibration of a second rather than ten, for tests of sweeps over grain."""

from tui.cli import main
from workloads.sweeps import calibration

if __name__ == "__main__":
    calibration.MIN_RUN_S, calibration.AIM_S, calibration.FIRST_TASKS = 0.05, 0.07, 200
    raise SystemExit(main())
