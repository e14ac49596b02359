"""A SLURM of one node, for the time of the tests.

Every daemon stays in the foreground as a child of the test process, so that it is stopped by its
process id and cannot outlive the tests. The GPUs are device files that alias /dev/null.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

SYSTEM_CONFIGURATION = Path("/etc/slurm")
"""Where job steps look, since the executor hides the variable SLURM_CONF from them."""

COMMANDS = ("slurmctld", "slurmd", "slurmdbd", "munged", "mariadbd", "mariadb-install-db", "sacct")
LINKED = ("slurm.conf", "gres.conf")
OWNER = "owner"
"""File with the id of the process that a node belongs to."""

GPUS = 2
SECONDS_TO_START = 120
SECONDS_TO_STOP = 15


def missing() -> str:
    """What keeps a SLURM from being started here, in a sentence; empty if nothing does."""
    if os.geteuid() != 0:
        return "SLURM's daemons need root; run the tests as root, in a container for instance."
    if absent := [command for command in COMMANDS if not shutil.which(command)]:
        return (
            f"{', '.join(absent)} cannot be found; install the Debian packages slurm-wlm, munge,"
            " slurmdbd and mariadb-server."
        )
    if (SYSTEM_CONFIGURATION / "slurm.conf").exists():
        return "This machine is part of a SLURM cluster already (/etc/slurm/slurm.conf is there)."
    return ""


def clear_remains() -> None:
    """Clear away the node of tests that were killed: its processes, links and folder."""
    configured = SYSTEM_CONFIGURATION / "slurm.conf"
    if not configured.is_symlink():
        return
    home = configured.readlink().parent
    owner = home / OWNER
    if owner.exists() and not psutil.pid_exists(int(owner.read_text())):
        for name in LINKED:
            (SYSTEM_CONFIGURATION / name).unlink(missing_ok=True)
        kill_processes_of(home)
        shutil.rmtree(home)


def kill_processes_of(home: Path) -> None:
    """Kill by their ids a node's daemons, which log to its folder, and jobs, which ask it."""
    found = []
    for process in psutil.process_iter():
        try:
            logs = any(Path(file.path).is_relative_to(home) for file in process.open_files())
            if logs or process.environ().get("SLURM_CONF") == str(home / "slurm.conf"):
                found += [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    found = [process for process in set(found) if process.pid != os.getpid()]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, SECONDS_TO_STOP)


class SingleNode:
    """Starts on entry, with accounting; stops on exit whatever has happened.

    Attributes:
        home: Folder of configuration, state and logs; `log/` is what to read after a failure.
    """

    def __init__(self, cpus: int = 16) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.cpus = cpus
        self.host = socket.gethostname().partition(".")[0]
        self._running: dict[str, subprocess.Popen] = {}
        self._links: list[Path] = []

    def __enter__(self) -> "SingleNode":
        try:
            self._lay_out()
            self._configure()
            self._start_munge()
            self._start_accounting()
            self.start("slurmctld", "-D", "-i")
            self.start("slurmd", "-D")
            self._wait("the node", self._node_is_up)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if "slurmctld" in self._running:
                self.cancel_everything()
        finally:
            for name in reversed(list(self._running)):
                self.stop(name)
            for link in self._links:
                link.unlink(missing_ok=True)
            kill_processes_of(self.home)
            shutil.rmtree(self.home, ignore_errors=True)

    def start(self, name: str, *options: str, user: str = "root", variables: dict | None = None):
        """Start a daemon that ends with this process."""
        log = (self.home / "log" / f"{name}.out").open("a")
        identity = [] if user == "root" else ["--reuid", user, "--regid", user, "--clear-groups"]
        self._running[name] = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *identity, name, *options],
            env={**os.environ, "SLURM_CONF": str(self.home / "slurm.conf"), **(variables or {})},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def stop(self, name: str) -> None:
        """End a daemon, the hard way if it does not listen."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def crash_slurmd(self) -> None:
        """Kill the node's daemon with SIGKILL."""
        process = self._running.pop("slurmd")
        process.kill()
        process.wait()

    def restart_slurmd(self) -> None:
        self.start("slurmd", "-D")
        self._wait("the node", self._node_is_up)

    def ask(self, *command: str) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def cancel_everything(self) -> None:
        """Cancel all jobs and wait until their processes are gone."""
        subprocess.run(["scancel", "--user", "root"], timeout=60, check=False)
        self._wait("the end of cancelled jobs", lambda: not self.ask("squeue", "--noheader"))

    def _lay_out(self) -> None:
        self.home.chmod(0o755)
        (self.home / OWNER).write_text(str(os.getpid()))
        for name in ("munge", "state", "spool", "log", "dev", "db"):
            (self.home / name).mkdir()
        for name, user in (("munge", "munge"), ("db", "mysql")):
            shutil.chown(self.home / name, user, user)
        for gpu in range(GPUS):
            os.mknod(self.home / "dev" / f"nvidia{gpu}", 0o20666, os.makedev(1, 3))

    def _configure(self) -> None:
        controller, node, database = free_ports(3)
        files = {
            "slurm.conf": SLURM_CONF,
            "gres.conf": GRES_CONF,
            "slurmdbd.conf": SLURMDBD_CONF,
        }
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // (10 << 20)
        values = {
            "home": self.home,
            "host": self.host,
            "cpus": self.cpus,
            "memory": memory,
            "gpus": GPUS,
            "last": GPUS - 1,
            "controller": controller,
            "node": node,
            "database": database,
        }
        for name, text in files.items():
            (self.home / name).write_text(text.format(**values))
            (self.home / name).chmod(0o600 if name == "slurmdbd.conf" else 0o644)
        SYSTEM_CONFIGURATION.mkdir(exist_ok=True)
        for name in LINKED:
            link = SYSTEM_CONFIGURATION / name
            link.unlink(missing_ok=True)
            link.symlink_to(self.home / name)
            self._links.append(link)

    def _start_munge(self) -> None:
        munge = self.home / "munge"
        key = munge / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        shutil.chown(key, "munge", "munge")
        (self.home / "munge").chmod(0o711)
        files = ("key-file", "munge.key"), ("socket", "socket"), ("pid-file", "pid")
        files += (("log-file", "log"), ("seed-file", "seed"))
        options = [f"--{option}={munge / file}" for option, file in files]
        self.start("munged", "--foreground", "--force", *options, user="munge")
        self._wait("munge", (munge / "socket").exists)

    def _start_accounting(self) -> None:
        db = self.home / "db"
        data, socket_file = db / "data", db / "socket"
        made = ["--no-defaults", "--user=mysql", f"--datadir={data}", "--skip-test-db"]
        subprocess.run(
            ["mariadb-install-db", *made, "--auth-root-authentication-method=socket"],
            capture_output=True,
            check=True,
        )
        served = ["--no-defaults", f"--datadir={data}", f"--socket={socket_file}"]
        sizes = ["--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900"]
        self.start("mariadbd", *served, *sizes, "--skip-networking", user="mysql")
        client = ["mariadb", "--no-defaults", "--socket", str(socket_file), "--execute"]
        self._wait("MariaDB", lambda: succeeds(*client, "select 1"))
        self.ask(*client, "create user slurm@localhost identified by 'slurm'")
        self.ask(*client, "grant all on slurm.* to slurm@localhost")
        # The only way to tell SLURM's client library where the database's socket is.
        self.start("slurmdbd", "-D", variables={"MYSQL_UNIX_PORT": str(socket_file)})
        self._wait("slurmdbd", lambda: succeeds("sacctmgr", "list", "cluster"))
        for entity in ("cluster test", "account test", "user root account=test"):
            self.ask("sacctmgr", "--immediate", "add", *entity.split())

    def _node_is_up(self) -> bool:
        return self.ask("sinfo", "--noheader", "--Format=StateCompact").split()[:1] in (
            ["idle"],
            ["mix"],
            ["alloc"],
        )

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            try:
                if done():
                    return
            except subprocess.SubprocessError:
                pass
            time.sleep(0.1)
        logs = {path.name: path.read_text()[-1500:] for path in (self.home / "log").iterdir()}
        raise TimeoutError(f"{what} is not there after {SECONDS_TO_START} s: {logs}")


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def succeeds(*command: str) -> bool:
    """Whether a command does what it should; one that waits for a daemon is not waited for."""
    try:
        return not subprocess.run(command, capture_output=True, timeout=5, check=False).returncode
    except subprocess.TimeoutExpired:
        return False


SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge/socket
CredType=cred/munge
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/log/slurmctld
SlurmdLogFile={home}/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=300
# A job that no partition has time for is refused, where it would wait forever.
EnforcePartLimits=ALL
# Without cgroups: the memory of a job is measured every second, and too much of it ends the job.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
KillWait=2
MinJobAge=600
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={database}
AccountingStoragePass={home}/munge/socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus}
PartitionName=cpu Nodes={host} Default=YES MaxTime=120 DefaultTime=10
PartitionName=gpu Nodes={host} MaxTime=120 DefaultTime=10
"""

GRES_CONF = """\
NodeName={host} Name=gpu File={home}/dev/nvidia[0-{last}] Flags=nvidia_gpu_env
"""

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={home}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={database}
SlurmUser=root
LogFile={home}/log/slurmdbd
PidFile={home}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""
