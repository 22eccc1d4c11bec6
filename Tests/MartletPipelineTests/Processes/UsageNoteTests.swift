import Foundation
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct UsageNoteTests {
    private static func usage(_ seconds: Double) -> StepUsage {
        var usage = StepUsage()
        (usage.wallSeconds, usage.cpuSeconds) = (seconds, seconds / 2)
        return usage
    }

    @Test func `what is used is noted once a second, and at the end`() throws {
        try withTemporaryFolder { folder in
            let files = AttemptFiles(folder: folder)
            var note = UsageNote()
            note.put(Self.usage(0.9), at: .milliseconds(900), to: files)
            note.end(Self.usage(0.9), to: files)
            #expect(StepUsage(leftIn: folder) == nil)
            note.put(Self.usage(1.123_456), at: .seconds(1), to: files)
            #expect(StepUsage(leftIn: folder) == Self.usage(1.123_456))
            note.put(Self.usage(1.9), at: .milliseconds(1_999), to: files)
            #expect(StepUsage(leftIn: folder) == Self.usage(1.123_456))
            note.put(Self.usage(2), at: .seconds(2), to: files)
            // Shorter than what was there.
            #expect(StepUsage(leftIn: folder) == Self.usage(2))
            note.end(Self.usage(2.5), to: files)
            #expect(StepUsage(leftIn: folder) == Self.usage(2.5))
        }
    }

    @Test func `a note that was cut off says nothing`() throws {
        try withTemporaryFolder { folder in
            try "{\"cpu_sec".write(toFile: "\(folder)/usage", atomically: true, encoding: .utf8)
            #expect(StepUsage(leftIn: folder) == nil)
        }
    }
}
