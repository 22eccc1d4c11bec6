import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct StepWatchTests {
    @Test func `a step is stopped when its time is over, and no earlier`() {
        let watch = StepWatch(step: "clean", limits: StepLimits(time: .seconds(600)))
        #expect(watch.breach(at: .seconds(599)) == nil)
        let failure = watch.breach(at: .seconds(600))
        #expect(failure?.kind == .time)
        #expect(
            failure?.message == "step 'clean' ran for 10 min, its limit ('resources.time'), and was stopped; raise that or let it do less")
        #expect(watch.deadline == .seconds(600))
    }

    @Test func `each sign of life puts the heartbeat's deadline off`() {
        var watch = StepWatch(step: "clean", limits: StepLimits(time: .seconds(100), heartbeat: .seconds(30)))
        #expect(watch.deadline == .seconds(30))
        watch.sign(at: .seconds(29))
        #expect(watch.breach(at: .seconds(58)) == nil)
        #expect(watch.breach(at: .seconds(59))?.kind == .heartbeat)
        watch.sign(at: .seconds(80))
        #expect(watch.deadline == .seconds(100))
    }

    @Test func `what a step uses is held against each limit by its name`() {
        let watch = StepWatch(step: "a[m=1]", limits: StepLimits(memoryBytes: 2 << 30, cpuSeconds: 1.5, processCount: 3))
        #expect(watch.breach(TreeSample(processCount: 3, cpuSeconds: 1.5, memoryBytes: 2 << 30)) == nil)
        let memory = watch.breach(TreeSample(memoryBytes: 2_255_000_000))
        #expect(
            memory
                == StepFailure(
                    .memory,
                    "step 'a[m=1]' used 2.10 GiB of memory; its limit is 2 GiB ('resources.memory'); raise that or let it use less"))
        #expect(watch.breach(TreeSample(cpuSeconds: 1.6))?.kind == .cpu)
        #expect(watch.breach(TreeSample(processCount: 4))?.kind == .processes)
    }

    @Test func `sizes and times are told in the largest unit that suits`() {
        #expect(
            [0, 1_023, 1_024, 1_536, 100 << 20, 12_345_678_901].map(StepWatch.text(bytes:)) == [
                "0 bytes", "1023 bytes", "1 KiB", "1.50 KiB", "100 MiB", "11.5 GiB",
            ])
        #expect(
            [.seconds(30), .seconds(90), .seconds(120), .seconds(7_200), .milliseconds(250)].map(StepWatch.text) == [
                "30 s", "90 s", "2 min", "2 h", "0.25 s",
            ])
    }
}
