import Foundation
import MartletCore
import Testing

@testable import MartletServer

/// What most tests read bodies for: a model of three named columns.
enum InvokedModel {
    static let features = TensorSignature(
        platform: "test", inputs: [.init(name: "input", datatype: .float32, shape: [-1, 3], alternatives: [.float64])], outputs: [],
        hasIndependentRows: true, featureNames: ["a", "b", "c"])
    static let texts = TensorSignature(
        platform: "test", inputs: [.init(name: "text", datatype: .bytes, shape: [-1])], outputs: [], hasIndependentRows: true)
    static let tokens = TensorSignature(
        platform: "test",
        inputs: [
            .init(name: "ids", datatype: .int64, shape: [-1, -1]), .init(name: "scale", datatype: .float32, shape: [-1, 1]),
        ], outputs: [], hasIndependentRows: true)

    static func inputs(_ body: String, _ signature: TensorSignature = features, as type: String? = "application/json") throws -> [Tensor] {
        try Array(body.utf8).withUnsafeBytes { try InvocationRequest.inputs($0, InvocationContentType(header: type), signature) }
    }

    static func message(_ body: String, _ signature: TensorSignature = features, as type: String? = "application/json") -> String {
        do {
            return "taken: \(try inputs(body, signature, as: type))"
        } catch {
            return "\(error)"
        }
    }
}

@Suite struct InvocationRequestTests {
    /// Rows with missing numbers as texts, since NaN equals nothing.
    private func rows(_ tensors: [Tensor]) -> String {
        guard tensors.count == 1, tensors[0].name == "input", case .float64(let cells) = tensors[0].elements else { return "\(tensors)" }
        return "\(tensors[0].shape) \(cells)"
    }

    @Test(arguments: [
        #"{"dataframe_split":{"columns":["a","b","c"],"index":[7,8],"data":[[1,2,3],[4,null,6]]}}"#,
        #"{"dataframe_split":{"data":[[3,"x",1,2],[6,{},4,NaN]],"columns":["c","other","a","b"]}}"#,
        #"{"dataframe_split":{"data":[[1,2,3],[4,null,6]]},"params":{"k":1},"other":[]}"#,
        #"{"dataframe_records":[{"c":3,"a":1,"b":2,"x":"y"},{"a":4,"c":6}]}"#,
        #"{"instances":[[1,2,3],[4,null,6]]}"#,
        #"{ "inputs" : [ [ true , 2.0 , 3e0 ] , [ 4 , NaN , 6 ] ] }"#,
        #"{"instances":[{"a":1,"b":2,"c":3},{"c":6,"\u0061":4,"b":null}]}"#,
        #"{"inputs":{"b":[2,null],"a":[1,4],"c":[3,6],"x":["?","!"]}}"#,
        #"{"inputs":{"input":[[1,2,3],[4,null,6]]}}"#,
    ])
    func `the same rows come of every format of JSON`(body: String) throws {
        #expect(rows(try InvokedModel.inputs(body)) == "[2, 3] [1.0, 2.0, 3.0, 4.0, nan, 6.0]")
    }

    /// A model of Python takes each column of a data frame by itself.
    private static let frame = TensorSignature(
        platform: "test",
        inputs: [.init(name: "text", datatype: .bytes, shape: [-1]), .init(name: "number", datatype: .int64, shape: [-1])], outputs: [],
        hasIndependentRows: false)

    @Test(arguments: [
        (#"{"dataframe_split":{"columns":["number","text"],"data":[[1,"a"],[-2,""]]}}"#, "application/json"),
        (#"{"dataframe_records":[{"text":"a","number":1},{"number":-2,"text":""}]}"#, "application/json"),
        (#"{"inputs":{"text":["a",""],"number":[1,-2]}}"#, "application/json"), ("number,text\n1,a\n-2,\n", "text/csv"),
    ])
    func `columns of texts and of numbers come of every format`(body: String, type: String) throws {
        let tensors = try InvokedModel.inputs(body, Self.frame, as: type)
        let texts = Tensor(name: "text", shape: [2], elements: .bytes([[97], []]))
        #expect(tensors == [texts, Tensor(name: "number", shape: [2], elements: .int64([1, -2]))])
    }

    @Test func `a text that is missing, or that stands where a number is taken, is refused`() {
        let missing = InvokedModel.message(#"{"dataframe_records":[{"text":null,"number":1}]}"#, Self.frame)
        #expect(!missing.hasPrefix("taken"))
        let text = InvokedModel.message(#"{"dataframe_records":[{"text":"a","number":"b"}]}"#, Self.frame)
        #expect(!text.hasPrefix("taken") && text.contains("number"), "\(text)")
    }

    @Test(arguments: [
        "a,b,c\n1,2,3\n4,,6", "\u{FEFF},c,a,b\r\n0,3,True,2\r\n\r\n1,6,\"4\",None\r\n",
        "\"a\",b,c,\"d \"\"x\"\",\ny\"\n1, 2 ,3,\"\"\"\"\n4,NA,6,\n",
    ])
    func `the same rows come of CSV`(body: String) throws {
        #expect(rows(try InvokedModel.inputs(body, as: "text/csv; charset=utf-8")) == "[2, 3] [1.0, 2.0, 3.0, 4.0, nan, 6.0]")
    }

    private struct Fixture: Decodable {
        struct Body: Decodable {
            let name: String
            let contentType: String
            let body: String
        }

        let rows: [[Double?]]
        let bodies: [Body]
    }

    @Test func `bodies of MLflow's own client are read to the last bit`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/mlflow.json")
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        let expected = "[3, 3] \(fixture.rows.flatMap(\.self).map { $0 ?? .nan })"
        for body in fixture.bodies {
            let tensors = try InvokedModel.inputs(body.body, as: body.contentType)
            #expect(rows(tensors) == expected, "\(body.name)")
        }
    }

    @Test(arguments: [
        (#"{"instances":["héllo","\n"]}"#, "application/json"), (#"{"inputs":{"text":["héllo","\n"]}}"#, "application/json"),
        (#"{"dataframe_split":{"columns":["text"],"data":[["héllo"],["\n"]]}}"#, "application/json"),
        (#"{"instances":[{"text":"héllo"},{"text":"\n"}]}"#, "application/json"), ("text\nhéllo\n\"\n\"\n", "text/csv"),
    ])
    func `a model of texts takes texts`(body: String, type: String) throws {
        let tensors = try InvokedModel.inputs(body, InvokedModel.texts, as: type)
        #expect(tensors == [Tensor(name: "text", shape: [2], elements: .bytes([Array("héllo".utf8), [10]]))])
    }

    @Test(arguments: [
        #"{"inputs":{"scale":[0.5,1],"ids":[[1,2,3],[4,5,6]]}}"#,
        #"{"instances":[{"ids":[1,2,3],"scale":0.5},{"ids":[4,5,6],"scale":1}]}"#,
        #"{"dataframe_split":{"data":[[0.5,[1,2,3]],[true,[4,5,6]]],"columns":["scale","ids"]}}"#,
    ])
    func `a model of several inputs takes them by name`(body: String) throws {
        let tensors = try InvokedModel.inputs(body, InvokedModel.tokens)
        #expect(tensors.map(\.shape) == [[2, 3], [2, 1]])
        #expect(tensors.map(\.elements) == [.int64([1, 2, 3, 4, 5, 6]), .float32([0.5, 1])])
    }

    @Test(arguments: [
        (
            #"{"instances":[[1,2,3],[4,"cheap",6]]}"#,
            "instances, row 2, column 'b', line 1, column 26: expected a number, found '\"cheap\"'"
        ),
        (#"{"dataframe_split":{"columns":["a","x","c"],"data":[]}}"#, "missing its columns 'b'; there were extra columns 'x'"),
        (#"{"dataframe_records":[{"a":1,"x":2}]}"#, "missing its columns 'b', 'c'; there were extra columns 'x'"),
        (#"{"inputs":{"a":[1],"y":[2]}}"#, "missing its columns 'b', 'c'; there were extra columns 'y'"),
        (#"{"instances":[{"a":1,"b":2,"c":3},{"a":1,"b":2}]}"#, "row 2, column 'b'"),
        (#"{"instances":[[1,2]]}"#, "3 numbers in each row"), (#"{"instances":[[1,2,3,4]]}"#, "3 numbers in each row"),
        (#"{"instances":[1,2,3]}"#, "expected an array"), (#"{"instances":[]}"#, "at least one row"),
        (#"{"dataframe_split":{"columns":["a","b","c","a"],"data":[]}}"#, "'a': expected once, found twice"),
        (#"{"dataframe_split":{"columns":["a","b","c"]}}"#, "expected 'data'"),
        (#"{"dataframe_split":{"data":[],"rows":[]}}"#, "no member but"), (#"{"dataframe_records":{"a":1}}"#, "expected an array"),
        (#"{"dataframe_records":[{"a":1,"a":2}]}"#, "each name once"), (#"{"instances":[[1,2,3]],"inputs":[]}"#, "only one of"),
        (#"{"instances":[[1,2,3]],"params":3}"#, "'params' to be an object"), (#"{"rows":[[1,2,3]]}"#, "exactly one of"),
        (#"{"inputs":{"a":[1],"b":[2],"c":[3,4]}}"#, "expected shape [1]"), ("[[1,2,3]]", "expected an object"), ("", "expected an object"),
        (#"{"instances":[[1,2,3]]} x"#, "expected the end"), (#"{"instances":[[1,2,1e999]]}"#, "row 1, column 'c'"),
    ])
    func `a body that does not fit is refused with the place and the reason`(body: String, reason: String) {
        let message = InvokedModel.message(body)
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: [
        ("a,b,c\n1,2,cheap", "CSV, row 1, column 'c': expected a number, found 'cheap'"), ("a,b\n1,2", "missing its columns 'c'"),
        ("a,b,c\n1,2", "3 values in each row"), ("a,b,c\n1,2,3,4", "3 values in each row"), ("\n", "a first line"),
        ("a,b,c\n1,2,\"3", "closing quote"), ("a,b,c\n", "at least one row"), ("a,b,c\n0x10,1,1", "found '0x10'"), ("\"a\"b,c", "comma"),
    ])
    func `CSV that does not fit is refused with the row and the reason`(body: String, reason: String) {
        let message = InvokedModel.message(body, as: "text/csv")
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: [#"{"instances":[1]}"#, #"{"instances":[["a"],"b"]}"#, #"{"instances":[null]}"#, #"{"inputs":{"other":["a"]}}"#])
    func `a model of texts refuses all else`(body: String) {
        #expect(!InvokedModel.message(body, InvokedModel.texts).hasPrefix("taken"))
    }

    @Test(arguments: [
        nil, "application/parquet", "text/plain", "", ";", "application/json; charset=latin-1", "text/csv; header=present",
    ])
    func `another content type is refused with 415`(type: String?) throws {
        let error = #expect(throws: MartletError.self) { try InvokedModel.inputs(#"{"instances":[[1,2,3]]}"#, as: type) }
        #expect(try InvocationResponse.failure(#require(error)).status == 415)
    }

    @Test func `damaged bodies are read or refused, and never more than that`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let bodies = [
            #"{"dataframe_split":{"columns":["a","b","c"],"data":[[1.5,2,3],[4,null,-6e-3]]},"params":{}}"#,
            #"{"dataframe_records":[{"c":3,"a":1,"b":2},{"a":4,"c":6}]}"#, #"{"inputs":{"ids":[[1,2],[3,4]],"scale":[1,2]}}"#,
            #"{"instances":["h\u00e9",""]}"#, "a,b,\"c\"\n1,2,3\n\"4\"\"\",NA,True\n", "text\n\"x\",\n",
        ].map { Array($0.utf8) }
        let alphabet = Array(#"{}[],:"\ue-+.019tfnN "#.utf8) + [0, 10, 13, 0x80, 0xFF]
        for round in 0..<6_000 {
            var body = bodies[round % bodies.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: body[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                case 1: body.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: place)
                case 2 where body.count > 1: body.remove(at: place)
                default: body = body.count > 8 ? Array(body[..<max(1, place)]) : body
                }
            }
            for signature in [InvokedModel.features, InvokedModel.texts, InvokedModel.tokens] {
                for type in ["application/json", "text/csv"] {
                    do {
                        let tensors = try body.withUnsafeBytes {
                            try InvocationRequest.inputs($0, InvocationContentType(header: type), signature)
                        }
                        #expect(tensors.allSatisfy { $0.rowCount > 0 }, "seed \(seed), round \(round)")
                    } catch {
                        #expect(error is MartletError, "seed \(seed), round \(round): \(error)")
                    }
                }
            }
        }
    }
}
