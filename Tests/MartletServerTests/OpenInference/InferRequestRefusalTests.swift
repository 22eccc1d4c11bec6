import MartletCore
import MartletServer
import Testing

@Suite struct InferRequestRefusalTests {
    private func refusal(_ body: [UInt8], _ jsonSize: Int? = nil) throws -> String {
        let error = try #require(throws: MartletError.self) { try InferRequestDecoder().decode(body, jsonSizeBytes: jsonSize) }
        #expect(error.code == .invalidInput)
        return error.message
    }

    /// One input whose members are those.
    private func input(_ members: String) -> [UInt8] { Array("{\"inputs\":[{\(members)}]}".utf8) }

    @Test(arguments: [
        ("", "expected a JSON object with 'inputs' at the beginning of the body, found no JSON"),
        ("[]", "the inference request, line 1, column 1: expected an object, found '['"),
        ("{}", "the inference request: expected 'inputs' with at least one tensor, found none"),
        (#"{"inputs":[]}"#, "the inference request: expected 'inputs' with at least one tensor, found none"),
        (#"{"inputs":{}}"#, "the inference request, line 1, column 11: expected an array, found '{'"),
        (#"{"id":7}"#, "the inference request, line 1, column 7: expected a text in quotes, found '7'"),
        ("{\n\"id\":\"a\"\n\"x\":1}", "the inference request, line 3, column 1: expected ',' or '}', found '\"x\"'"),
        (
            #"{"id":"a","\u0069d":"b"}"#,
            "the inference request, line 1, column 12: expected each name once in an object, found '\\u0069d\"'"
        ),
        (#"{"id":"a","id":"b"}"#, "the inference request, line 1, column 12: expected each name once in an object, found 'id\"'"),
        (#"{"x":1,"y":2,"x":3}"#, "the inference request, line 1, column 15: expected each name once in an object, found 'x\"'"),
        (#"{"x":tru}"#, "the inference request, line 1, column 6: expected true or false, found 'tru'"),
        (#"{"x":01}"#, "the inference request, line 1, column 6: expected a number without leading zeros, found '01'"),
        (#"{"x":"a\q"}"#, "the inference request, line 1, column 8: expected an escape such as \\n or \\u00e9, found '\\q\"'"),
        (#"{"x":"\ud800"}"#, "the inference request, line 1, column 13: expected the second half of a surrogate pair, found '\"'"),
        (#"{"x":"a"#, "the inference request, line 1, column 8: expected the text's closing quote, found the end"),
        (#"{"parameters":{"priority":-1}}"#, "the inference request, line 1, column 27: expected an integer of 0 or more, found '-1'"),
        (
            #"{"parameters":{"binary_data_output":1}}"#,
            "the inference request, line 1, column 37: expected true or false, found '1'"
        ),
        (#"{"outputs":[{}]}"#, "output 0: expected a 'name', found none"),
        (
            #"{"outputs":[{"name":"p","parameters":{"shared_memory_region":"r"}}]}"#,
            "output 'p', line 1, column 40: expected a tensor in the body, since those in shared memory are not taken, found 'shared_memory_region\"'"
        ),
    ])
    func `a request that is none is refused with its place`(_ text: String, _ expected: String) throws {
        #expect(try refusal(Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        (#""shape":[1],"datatype":"INT8","data":[1]"#, "input 0: expected a 'name', found none"),
        (#""name":"a","datatype":"INT8","data":[1]"#, "input 'a': expected a 'shape', found none"),
        (#""name":"a","shape":[1],"data":[1]"#, "input 'a': expected a 'datatype', found none"),
        (
            #""name":"a","shape":[1],"datatype":"INT8""#,
            "input 'a': expected 'data', or 'binary_data_size' among its parameters, found neither"
        ),
        (
            #""name":"a","shape":[1],"datatype":"FP23","data":[1]"#,
            "input 'a', line 1, column 48: expected one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES (did you mean 'FP32'?), found 'FP23\"'"
        ),
        (#""name":"a","shape":[-1],"datatype":"INT8","data":[1]"#, "input 'a', line 1, column 33: expected a size of 0 or more, found '-1'"),
        (
            #""name":"a","shape":[3],"datatype":"INT8","data":[1,2]"#,
            "input 'a', line 1, column 65: expected 3 elements in the data, flat or nested, since the shape is [3], found ']'"
        ),
        (
            #""name":"a","shape":[1],"datatype":"INT8","data":[1,2]"#,
            "input 'a', line 1, column 63: expected 1 element in the data, flat or nested, since the shape is [1], found ','"
        ),
        (
            #""name":"a","shape":[2,2],"datatype":"INT8","data":[[1,2,3],[4]]"#,
            "input 'a', line 1, column 68: expected 4 elements in the data, flat or nested, since the shape is [2, 2], found ','"
        ),
        (
            #""name":"a","shape":[9000000000,9000000000],"datatype":"INT8","data":[1]"#,
            "input 'a', line 1, column 81: expected a shape whose product is below 2^63 (it is [9000000000, 9000000000]), found '[1'"
        ),
        (
            #""name":"a","shape":[1000000],"datatype":"FP64","data":[1]"#,
            "input 'a', line 1, column 68: expected 1000000 elements in the data, flat or nested, since the shape is [1000000], found '1'"
        ),
        (
            #""name":"a","shape":[1],"datatype":"INT8","data":[128]"#,
            "input 'a', line 1, column 62: expected an integer from -128 to 127, found '128'"
        ),
        (
            #""name":"a","shape":[1],"datatype":"UINT64","data":[18446744073709551616]"#,
            "input 'a', line 1, column 64: expected an integer from 0 to 18446744073709551615, found '18446744073709551616'"
        ),
        (
            #""name":"a","shape":[1],"datatype":"INT64","data":[1.0]"#,
            "input 'a', line 1, column 63: expected an integer from -9223372036854775808 to 9223372036854775807, found '1.0'"
        ),
        (#""name":"a","shape":[1],"datatype":"INT8","data":[null]"#, "input 'a', line 1, column 62: expected an integer from -128 to 127, found 'null'"),
        (#""name":"a","shape":[1],"datatype":"FP32","data":["NaN"]"#, "input 'a', line 1, column 62: expected a number, found '\"NaN\"'"),
        (#""name":"a","shape":[1],"datatype":"FP32","data":[true]"#, "input 'a', line 1, column 62: expected a number, found 'true'"),
        (#""name":"a","shape":[1],"datatype":"FP32","data":[1e39]"#, "input 'a', line 1, column 62: expected a number within the range of its datatype, found '1e39'"),
        (#""name":"a","shape":[1],"datatype":"FP16","data":[65520]"#, "input 'a', line 1, column 62: expected a number within the range of its datatype, found '65520'"),
        (#""name":"a","shape":[1],"datatype":"FP64","data":[1e309]"#, "input 'a', line 1, column 62: expected a number within the range of FP64, found '1e309'"),
        (#""name":"a","shape":[1],"datatype":"FP64","data":[1.]"#, "input 'a', line 1, column 64: expected digits after the point, found ']'"),
        (#""name":"a","shape":[1],"datatype":"BOOL","data":[2]"#, "input 'a', line 1, column 62: expected true, false, 1 or 0, found '2'"),
        (#""name":"a","shape":[1],"datatype":"BYTES","data":[1]"#, "input 'a', line 1, column 63: expected a text in quotes, found '1'"),
        (
            #""name":"a","shape":[1],"datatype":"INT8","parameters":{"shared_memory_region":"r"}"#,
            "input 'a', line 1, column 69: expected a tensor in the body, since those in shared memory are not taken, found 'shared_memory_region\"'"
        ),
    ])
    func `an input that is none is refused by its name`(_ members: String, _ expected: String) throws {
        let message = try refusal(input(members))
        #expect(message == expected)
    }

    @Test func `two tensors of one name are refused`() throws {
        let one = #"{"name":"a","shape":[1],"datatype":"INT8","data":[1]}"#
        #expect(try refusal(Array("{\"inputs\":[\(one),\(one)]}".utf8)) == "the inference request: expected each input once, found 'a' twice")
        let body = "{\"inputs\":[\(one)],\"outputs\":[{\"name\":\"p\"},{\"name\":\"p\"}]}"
        #expect(try refusal(Array(body.utf8)) == "the inference request: expected each output once, found 'p' twice")
    }

    @Test func `nesting beyond the limit is refused before it is followed`() throws {
        for opening in ["[", "{\"a\":"] {
            let message = try refusal(Array("{\"x\":\(String(repeating: opening, count: 100_000))".utf8))
            #expect(message.contains("expected at most 32 levels of nesting"), "\(message)")
        }
    }

    @Test func `a number longer than any is refused`() throws {
        let message = try refusal(input("\"name\":\"a\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[\(String(repeating: "1", count: 1_025))]"))
        #expect(message.contains("expected a number of at most 1024 characters"))
    }

    @Test func `text that is not UTF-8 is refused where it begins`() throws {
        var body = input(#""name":"a","shape":[1],"datatype":"BYTES","data":["x"]"#)
        let place = try #require(body.lastIndex(of: UInt8(ascii: "x")))
        body[place] = 0xE9
        #expect(try refusal(body) == "input 'a', line 1, column 64: expected UTF-8 in a text, found byte 233")
    }

    // MARK: Binary

    /// One binary input of that size, and bytes behind it.
    private func binary(_ datatype: String, _ shape: String, _ size: Int, _ bytes: [UInt8]) -> (body: [UInt8], jsonSize: Int) {
        let json = input(#""name":"a","shape":\#(shape),"datatype":"\#(datatype)","parameters":{"binary_data_size":\#(size)}"#)
        return (json + bytes, json.count)
    }

    @Test(arguments: [
        ("INT32", "[2]", 8, 4, "input 'a': binary_data_size is 8, but only 4 bytes are left after the JSON; check the header Inference-Header-Content-Length and the inputs before this one"),
        ("INT32", "[2]", 7, 7, "input 'a': 2 elements of INT32 are expected to take 4 bytes each, found binary_data_size 7"),
        ("INT32", "[4611686018427387904]", 8, 8, "input 'a': 4611686018427387904 elements of INT32 are expected to take 4 bytes each, found binary_data_size 8"),
        ("INT32", "[2]", 8, 9, "the inference request: 1 bytes after the JSON belong to no input; give 'binary_data_size' for each binary input"),
        ("BYTES", "[3]", 8, 8, "input 'a': 3 elements of BYTES take 4 bytes each at least, found binary_data_size 8"),
        ("BYTES", "[1]", 8, 8, "input 'a': 4 bytes are left after its 1 elements of BYTES"),
        ("BYTES", "[9000000]", 8, 8, "input 'a': expected at most 1048576 elements of BYTES, found shape [9000000]"),
    ])
    func `sizes of binary tensors that lie are refused`(
        _ datatype: String, _ shape: String, _ size: Int, _ count: Int, _ expected: String
    ) throws {
        let (body, jsonSize) = binary(datatype, shape, size, [UInt8](repeating: 0, count: count))
        #expect(try refusal(body, jsonSize) == expected)
    }

    @Test func `lengths of byte strings that lie are refused`() throws {
        let long = binary("BYTES", "[1]", 5, [2, 0, 0, 0, 65])
        #expect(try refusal(long.body, long.jsonSize) == "input 'a': element 0 of BYTES is said to have 2 bytes, but 1 are left")
        let short = binary("BYTES", "[2]", 8, [1, 0, 0, 0, 65, 0, 0, 0])
        #expect(try refusal(short.body, short.jsonSize) == "input 'a': expected the length of element 1, found the end")
    }

    @Test func `a truth that is neither 0 nor 1 is refused`() throws {
        let truths = binary("BOOL", "[3]", 3, [0, 1, 2])
        #expect(try refusal(truths.body, truths.jsonSize) == "input 'a': expected bytes 0 and 1 in BOOL, found 2 in element 2")
    }

    @Test func `data in both forms is refused`() throws {
        let json = input(#""name":"a","shape":[1],"datatype":"INT8","data":[1],"parameters":{"binary_data_size":1}"#)
        #expect(try refusal(json + [1], json.count) == "input 'a': expected either 'data' or 'binary_data_size', found both")
    }

    @Test func `a header that lies about the body is refused`() throws {
        let body = binary("INT8", "[1]", 1, [7])
        #expect(try refusal(body.body, 1_000).hasSuffix("bytes of the body, found 1000"))
        #expect(try refusal(body.body, 0) == "expected a JSON object with 'inputs' at the beginning of the body, found no JSON")
        #expect(try refusal(body.body, body.jsonSize - 1).hasSuffix("expected ',' or '}', found the end"))
        let truth = input(#""name":"a","shape":[1],"datatype":"INT8","data":[1]"#)
        #expect(try refusal(truth + [7]).hasSuffix("the end (binary tensors need the header Inference-Header-Content-Length), found byte 7"))
    }
}
