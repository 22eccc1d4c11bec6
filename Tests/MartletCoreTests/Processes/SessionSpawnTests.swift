import Glibc
import MartletTesting
import Testing

@testable import MartletCore

@Suite struct SessionSpawnTests {
    /// Runs a script to its end. - Returns: what it wrote, and its exit status.
    private func run(_ script: String, folder: String = "/", limits: [SessionSpawn.Limit] = []) throws -> (said: String, status: Int32) {
        let pipe = try OwnedDescriptor.pipe()
        let pid: Int32
        do {
            let nothing = try OwnedDescriptor.opening("/dev/null", O_RDONLY)
            pid = try SessionSpawn(
                program: "/bin/sh", arguments: ["-c", script], environment: ["NAME": "swift"], folder: folder,
                descriptors: [nothing, pipe.writing, pipe.writing], limits: limits
            ).start()
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        var bytes = [UInt8](repeating: 0, count: 4_096)
        pipe.reading.stopBlocking()
        let count = bytes.withUnsafeMutableBytes { read(pipe.reading.number, $0.baseAddress, $0.count) }
        return (String(decoding: bytes.prefix(max(0, count)), as: UTF8.self), status >> 8)
    }

    @Test func `it begins in its folder, with its environment and in a session of its own`() throws {
        let (said, status) = try run(
            "pwd; echo $NAME >&2; read -r pid name state parent group session rest < /proc/$$/stat; [ $session = $$ ]", folder: "/usr")
        #expect(said == "/usr\nswift\n")
        #expect(status == 0)
    }

    @Test func `it has no descriptors but those that it is given, and the usual signals`() throws {
        let other = try OwnedDescriptor.pipe()
        // One that others would inherit.
        let leaking = dup(other.reading.number)
        defer { close(leaking) }
        #expect(try run("[ -e /proc/$$/fd/2 ] && [ ! -e /proc/$$/fd/\(leaking) ]").status == 0)
        // Nobody can change two that the C library keeps for itself, 32 and 33.
        #expect(try run("grep -c 'SigIgn:.0000000[01][08]0000000' /proc/self/status").said == "1\n")
        #expect(try run("grep -c 'SigBlk:.0000000000000000' /proc/self/status").said == "1\n")
    }

    @Test func `its limits are the kernel's`() throws {
        let limits: [SessionSpawn.Limit] = [.cpuSeconds(7), .fileSizeBytes(512 * 3), .openFileCount(20)]
        #expect(try run("ulimit -t; ulimit -f; ulimit -n", limits: limits).said == "7\n3\n20\n")
    }

    @Test func `it becomes the parent of those whose parent ends`() throws {
        let orphan = "until read -r pid name state parent rest < /proc/self/stat; [ $parent = $1 ]; do :; done; echo $parent > $2"
        let script = "(sh -c '\(orphan)' sh $$ orphan &); until [ -s orphan ]; do :; done; [ $(cat orphan) = $$ ]"
        let status = try withTemporaryFolder { try run(script, folder: $0).status }
        #expect(status == 0)
    }

    @Test func `a folder or a program that is not there is told of`() {
        #expect(throws: MartletError.self) { try run("true", folder: "/no-such-folder") }
        let absent = SessionSpawn(program: "/no-such-program", arguments: [], environment: [:], folder: "/", descriptors: [])
        #expect(throws: MartletError.self) { try absent.start() }
    }
}
