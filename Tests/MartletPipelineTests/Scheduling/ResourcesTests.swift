import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ResourcesTests {
    private static let waiting = Resources(cores: 4, memoryBytes: 8, named: ["api": 2])

    @Test(
        arguments: [
            // Cores are what is lacking, so that memory is kept too, but no more than it needs.
            (Resources(cores: 1), Resources(cores: 3, memoryBytes: 20, named: ["api": 2]), true),
            (Resources(memoryBytes: 13), Resources(cores: 3, memoryBytes: 20, named: ["api": 2]), true),
            (Resources(memoryBytes: 12), Resources(cores: 3, memoryBytes: 20, named: ["api": 2]), false),
            // Only 'api' is lacking: cores may go, and 'api' may not.
            (Resources(cores: 4, memoryBytes: 8), Resources(cores: 4, memoryBytes: 8, named: ["api": 1]), false),
            (Resources(cores: 1, named: ["api": 1]), Resources(cores: 9, memoryBytes: 9, named: ["api": 1]), true),
            // 'api' is there for it, and stays.
            (Resources(named: ["api": 1]), Resources(cores: 1, memoryBytes: 8, named: ["api": 2]), true),
            (Resources(named: ["api": 1]), Resources(cores: 1, memoryBytes: 8, named: ["api": 3]), false),
            (Resources(named: ["other": 1]), Resources(cores: 1, memoryBytes: 8, named: ["api": 1, "other": 1]), false),
        ])
    func `something is put off by what takes of what it lacks`(taken: Resources, free: Resources, isDelayed: Bool) {
        #expect(taken.delays(Self.waiting, in: free) == isDelayed)
    }

    @Test func `what needs no accelerator is put off by nobody who takes one`() {
        let free = Resources(cores: 1, accelerators: 1)
        #expect(!Resources(accelerators: 1).delays(Resources(cores: 2), in: free))
        #expect(Resources(accelerators: 1).delays(Resources(cores: 1, accelerators: 1), in: free))
    }
}
