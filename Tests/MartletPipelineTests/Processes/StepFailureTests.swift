import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct StepFailureTests {
    private static func kind(_ status: Int32?, _ program: StepCommand.Program, limits: StepLimits, isMemoryGone: Bool) -> StepFailure.Kind?
    {
        let command = StepCommand(
            step: "x", program: program, folder: "/", attemptFolder: "/", environment: ["PATH": "/usr/bin:/bin"], limits: limits)
        return StepEnding(command: command) { isMemoryGone }.failure(status)?.kind
    }

    @Test(
        arguments: [
            (0, nil), (1, .exit), (127, .exit), (128 + SIGSEGV, .signal), (128 + SIGKILL, .signal),
            (nil, .signal), (255, .exit), (128 + SIGXCPU, .signal),
        ] as [(Int32?, StepFailure.Kind?)])
    func `a shell's status is told as what happened`(status: Int32?, kind: StepFailure.Kind?) {
        #expect(Self.kind(status, .shell("x"), limits: StepLimits(), isMemoryGone: false) == kind)
    }

    @Test func `the kernel's kill for want of memory is told from others`() {
        for status in [137, nil] as [Int32?] {
            #expect(Self.kind(status, .shell("x"), limits: StepLimits(), isMemoryGone: true) == .memory)
        }
        #expect(Self.kind(143, .shell("x"), limits: StepLimits(), isMemoryGone: true) == .signal)
    }

    @Test func `the kernel's signals for limits are told as these, where they are set`() {
        let limits = StepLimits(cpuSeconds: 1, fileSizeBytes: 1)
        #expect(Self.kind(128 + SIGXCPU, .shell("x"), limits: limits, isMemoryGone: false) == .cpu)
        #expect(Self.kind(128 + SIGXFSZ, .shell("x"), limits: limits, isMemoryGone: false) == .size)
    }

    @Test func `a program that is not there could not begin, one that says 127 itself did`() {
        #expect(Self.kind(127, .words(["no-such-program"]), limits: StepLimits(), isMemoryGone: false) == .start)
        #expect(Self.kind(127, .words(["sh", "-c", "exit 127"]), limits: StepLimits(), isMemoryGone: false) == .exit)
    }

    @Test func `a group of the kernel's is read as it writes`() throws {
        try withTemporaryFolder { folder in
            let group = StepCgroup(folder: folder)
            #expect(group.memoryKillCount == 0)
            #expect(group.cpuSeconds == nil)
            try "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n".write(
                toFile: "\(folder)/memory.events", atomically: false, encoding: .utf8)
            try "usage_usec 2500000\nuser_usec 1\n".write(toFile: "\(folder)/cpu.stat", atomically: false, encoding: .utf8)
            #expect(group.memoryKillCount == 3)
            #expect(group.cpuSeconds == 2.5)
        }
    }
}
