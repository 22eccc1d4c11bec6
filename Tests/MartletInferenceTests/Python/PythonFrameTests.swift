import MartletCore
import Testing

@testable import MartletInference

@Suite struct PythonFrameTests {
    private static let tensors = [
        Tensor(name: "a", shape: [2, 1], elements: .bytes([[], [0xFF, 0x00]])), Tensor(name: "b", shape: [], elements: .float64([.pi])),
        Tensor(name: "c", shape: [3], elements: .bool([true, false, true])), Tensor(name: "d", shape: [0, 4], elements: .int32([])),
    ]

    @Test func `tensors are the same after a way through a frame`() throws {
        let bytes = PythonFrame(Self.tensors).bytes
        let sizes = try PythonFrame.sizes(Array(bytes.prefix(16)), bodyMaxBytes: 1_000)
        #expect(bytes.count == 16 + sizes.head + sizes.body)
        let head = try JSONValue(parsing: Array(bytes[16..<16 + sizes.head]), as: "head")
        let read = try PythonFrame(head: head, body: Array(bytes.suffix(sizes.body))).tensors()
        #expect(read == Self.tensors)
    }

    @Test func `a prefix of no frame, or of one that is too large, is refused`() {
        let prefix = Array(PythonFrame(head: [:], body: [1, 2]).bytes.prefix(16))
        for (place, byte) in [(0, 0), (7, 0xFF), (15, 0xFF), (15, 0x80)] as [(Int, UInt8)] {
            var broken = prefix
            broken[place] = byte
            #expect(throws: PythonFrameFault.self) { try PythonFrame.sizes(broken, bodyMaxBytes: 1_000) }
        }
        #expect(throws: PythonFrameFault.self) { try PythonFrame.sizes(prefix, bodyMaxBytes: 1) }
        #expect(throws: PythonFrameFault.self) { try PythonFrame.sizes([], bodyMaxBytes: 1) }
    }

    @Test(arguments: [
        #"{}"#, #"{"tensors": [{}]}"#, #"{"tensors": []}"#, #"{"tensors": [{"name": "a", "datatype": "FP64", "shape": [1], "size": -8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "FP64", "shape": [1], "size": 9223372036854775807}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "FP99", "shape": [1], "size": 8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "FP64", "shape": [2], "size": 8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "FP64", "shape": [-1, -1], "size": 8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "FP64", "shape": [2147483647, 2147483647, 2147483647, 8], "size": 8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "BYTES", "shape": [1], "size": 8}]}"#,
        #"{"tensors": [{"name": "a", "datatype": "BYTES", "shape": [2147483647], "size": 8}]}"#,
    ])
    func `an answer that does not add up is refused`(head: String) throws {
        let frame = PythonFrame(head: try JSONValue(parsing: head, as: "head"), body: [9, 0, 0, 0, 0, 0, 0, 0])
        #expect(throws: PythonFrameFault.self) { try frame.tensors() }
    }
}
