import Synchronization
import Testing

@testable import MartletEngines

@Suite struct OpenVINOHandleTests {
    /// How often something was freed.
    private final class Count: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    @Test func `an object is freed once, when nobody holds it any more`() throws {
        let count = Count()
        let place = try #require(OpaquePointer(bitPattern: 64))
        var handles = [OpenVINOHandle(place, free: { _ in count.add() })]
        handles.append(handles[0])
        handles.removeFirst()
        #expect(count.value == 0 && handles[0].pointer == place)
        handles.removeAll()
        #expect(count.value == 1)
    }
}
