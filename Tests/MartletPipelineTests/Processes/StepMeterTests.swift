import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct StepMeterTests {
    @Test func `memory is integrated along straight lines from the start to the end`() {
        var meter = StepMeter()
        meter.add(TreeSample(memoryBytes: 100), at: .seconds(1))
        meter.add(TreeSample(memoryBytes: 300), at: .seconds(3))
        meter.end(at: .seconds(4), cpuSeconds: 0, singlePeakBytes: nil)
        #expect(meter.usage.memoryByteSeconds == 50 + 400 + 300)
        #expect(meter.usage.memoryPeakBytes == 300)
        #expect(meter.usage.wallSeconds == 4)
    }

    @Test func `what was seen once is not lost with a process that nobody waits for`() {
        var meter = StepMeter()
        meter.add(TreeSample(cpuSeconds: 5, readBytes: 7), at: .seconds(1))
        meter.raise(TreeSample(cpuSeconds: 2, readBytes: 3, writtenBytes: 4))
        meter.end(at: .seconds(2), cpuSeconds: 3, singlePeakBytes: 9)
        #expect(meter.usage.cpuSeconds == 5)
        #expect(meter.usage.readBytes == 7)
        #expect(meter.usage.writtenBytes == 4)
        #expect(meter.usage.memoryPeakBytes == 9)
    }

    @Test func `usage is read as it was written, and what is not there counts as nothing`() throws {
        var usage = StepUsage()
        (usage.wallSeconds, usage.cpuSeconds, usage.memoryPeakBytes, usage.memoryByteSeconds) = (1.5, 2, 3 << 30, 4e12)
        (usage.readBytes, usage.writtenBytes, usage.storageReadBytes, usage.storageWrittenBytes) = (5, 6, 7, 8)
        #expect(StepUsage(json: usage.json) == usage)
        #expect(StepUsage(json: [:]) == StepUsage())
    }
}
