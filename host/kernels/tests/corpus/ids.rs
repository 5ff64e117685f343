//! What operators need and rules must leave alone: identifiers, times, versions and order numbers, made at random.

use crate::random::Random;

/// A kind of identifier.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut Random) -> String,
}

macro_rules! classes {
    ($($name:literal => $make:expr,)*) => {
        /// All kinds.
        pub(crate) const CLASSES: &[Class] = &[$(Class { name: $name, make: $make }),*];
    };
}

classes! {
    "UUID, version 4" => |random| uuid(random, '4'),
    "UUID, version 7" => |random| {
        let time = format!("{:012x}", millis(random));
        format!("{}-{}-7{}-{}{}-{}", &time[..8], &time[8..], random.hex(3), random.pick(&['8', '9', 'a', 'b']), random.hex(3), random.hex(12))
    },
    "UUID without hyphens" => |random| random.hex(32),
    "ULID" => |random| {
        let time = random.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 9);
        format!("0{time}{}", random.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 16))
    },
    "trace id of X-Ray" => |random| format!("Root=1-{}-{};Parent={};Sampled=1", random.hex(8), random.hex(24), no_card(random, |random| random.hex(16))),
    "traceparent" => |random| format!("00-{}-{}-01", random.hex(32), random.hex(16)),
    "request id of API Gateway" => |random| format!("{}=", random.text(BASE64, 15)),
    "request id of Lambda" => |random| format!("RequestId: {} Version: $LATEST", uuid(random, '4')),
    "request id of S3" => |random| no_card(random, |random| random.text("0123456789ABCDEF", 16)),
    "extended request id of S3" => |random| random.text(BASE64, 75) + "=",
    "ARN of a function" => |random| {
        let (region, account) = (region(random), random.digits(12));
        format!("arn:aws:lambda:{region}:{account}:function:orders-{}:{}", random.hex(4), 1 + random.below(500))
    },
    "ARN of a queue" => |random| format!("arn:aws:sqs:{}:{}:orders", region(random), random.digits(12)),
    "ARN of a log group" => |random| format!("arn:aws:logs:{}:{}:log-group:/aws/lambda/a:*", region(random), random.digits(12)),
    "ARN of a certificate" => |random| format!("arn:aws:acm:{}:{}:certificate/{}", region(random), random.digits(12), uuid(random, '4')),
    "epoch, s" => |random| (millis(random) / 1_000).to_string(),
    "epoch, s with a fraction" => |random| format!("{}.{}", millis(random) / 1_000, random.digits(6)),
    "epoch, ms" => |random| millis(random).to_string(),
    "epoch, µs" => |random| (millis(random) * 1_000 + random.below(1_000)).to_string(),
    "epoch, ns" => |random| (millis(random) * 1_000_000 + random.below(1_000_000)).to_string(),
    "time, ISO 8601" => |random| {
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
        let zone = random.pick(&["Z", "+01:00", "+0530", "-0800"]);
        format!("20{:02}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{}{zone}", 10 + random.below(30), random.digits(3))
    },
    "version with a v" => |random| format!("v{}", version(random)),
    "version of a product" => |random| {
        let product = random.pick(&["Chrome", "Edg", "Firefox", "Safari", "OPR", "Version", "Boto3", "Botocore", "Exec-Env"]);
        format!("Mozilla/5.0 {product}/{} (x)", version(random))
    },
    "version by its name" => |random| {
        let name = random.pick(&["version ", "Version: ", "version=", "ver. ", "release ", "build ", "version\":\"", "v. "]);
        format!("{name}{}", version(random))
    },
    "version of a browser" => |random| format!("Chrome/{}.0.{}.{}", 80 + random.below(60), 3_000 + random.below(4_000), random.below(250)),
    "order number in a sentence" => |random| {
        let number = order_number(random);
        format!("order {number} shipped")
    },
    "order number by its key" => |random| format!("orderId={}", order_number(random)),
    "order number with a prefix" => |random| format!("ORD-{}", order_number(random)),
    "order number of Amazon" => |random| format!("{}-{}-{}", random.digits(3), random.digits(7), random.digits(7)),
    "digest, SHA-256" => |random| format!("sha256:{}", random.hex(64)),
    "commit" => |random| random.hex(40),
    "sequence number of Kinesis" => |random| format!("495{}", random.digits(53)),
    "block of HDFS" => |random| {
        let sign = random.pick(&["", "-"]);
        format!("blk_{sign}{}{}", 1 + random.below(9), random.digits(18))
    },
    "line of HDFS" => |random| {
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let time = clock(random, "");
        format!("{:02}{month:02}{day:02} {time} {} INFO dfs.DataNode: Receiving block blk_{}", random.below(20), random.below(40_000), random.digits(19))
    },
    "line of Apache" => |random| {
        let time = clock(random, ":");
        format!("[Sun Dec {:02} {time} 20{:02}] [notice] workerEnv.init() ok", 1 + random.below(28), random.below(30))
    },
    "line of Android" => |random| {
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let time = clock(random, ":");
        format!("{month:02}-{day:02} {time}.{} {:>5} {:>5} I PowerManager: acquire lock={}", random.digits(3), random.below(32_768), random.below(32_768), random.digits(9))
    },
    "line of Chromium" => |random| {
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let time = clock(random, "");
        let level = random.pick(&["INFO", "WARNING", "ERROR"]);
        format!("[{}:{}:{month:02}{day:02}/{time}.{}:{level}:main.cc({})]", random.below(32_768), random.below(32_768), random.digits(6), random.below(900))
    },
    "line of klog" => |random| {
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let time = clock(random, ":");
        format!("I{month:02}{day:02} {time}.{} {:>7} main.go:{}] done", random.digits(6), random.below(100_000), random.below(900))
    },
    "time of mail" => |random| {
        let time = clock(random, ":");
        let zone = random.pick(&["+0000", "+0100", "-0800", "+0530"]);
        format!("Mon, {:02} Nov 20{:02} {time} {zone}", 1 + random.below(28), random.below(30))
    },
    "pod of Kubernetes" => |random| format!("web-{}-{}", random.text("bcdfghjklmnpqrstvwxz2456789", 10), random.text("bcdfghjklmnpqrstvwxz2456789", 5)),
    "pod of a job" => |random| format!("backup-2{}-{}", random.digits(7), random.text("bcdfghjklmnpqrstvwxz2456789", 5)),
    "source position" => |random| format!("main.rs:{}:{}", random.below(5_000), random.below(120)),
    "size" => |random| format!("sent {} bytes in {} ms", random.below(100_000_000_000), random.below(100_000)),
    "range" => |random| format!("bytes {}-{}/{}", random.below(1_000_000), random.below(1_000_000_000), random.below(1_000_000_000)),
    "account in the host of a registry" => |random| format!("{}.dkr.ecr.{}.amazonaws.com/card:latest", random.digits(12), region(random)),
    "account in the URL of a queue" => |random| format!("https://sqs.{}.amazonaws.com/{}/cards", region(random), random.digits(12)),
    "coordinates" => |random| format!("{}.{}, -{}.{}", random.below(90), random.digits(7), random.below(180), random.digits(7)),
    "decimal" => |random| format!("{}.{}", random.below(1_000), random.digits(16)),
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn uuid(random: &mut Random, version: char) -> String {
    let variant = random.pick(&['8', '9', 'a', 'b']);
    format!(
        "{}-{}-{version}{}-{variant}{}-{}",
        random.hex(8),
        random.hex(4),
        random.hex(3),
        random.hex(3),
        random.hex(12)
    )
}

fn clock(random: &mut Random, between: &str) -> String {
    format!("{:02}{between}{:02}{between}{:02}", random.below(24), random.below(60), random.below(60))
}

/// From 2010 to 2035.
fn millis(random: &mut Random) -> u64 {
    1_262_304_000_000 + random.below(26 * 31_557_600_000)
}

fn region(random: &mut Random) -> &'static str {
    random.pick(&["eu-central-1", "us-east-1", "ap-southeast-2", "us-gov-west-1"])
}

fn version(random: &mut Random) -> String {
    format!("{}.{}.{}.{}", random.below(256), random.below(256), random.below(256), random.below(256))
}

/// 12 to 19 digits.
fn order_number(random: &mut Random) -> String {
    no_card(random, |random| {
        let length = 11 + random.below(8);
        format!("{}{}", 1 + random.below(9), random.digits(usize::try_from(length).unwrap_or(11)))
    })
}

/// A number that passes as one of a card and stands alone is one: to touch it is right, and another is made.
fn no_card(random: &mut Random, make: fn(&mut Random) -> String) -> String {
    loop {
        let number = make(random);
        if !telesieve_kernels::Check::Card.passes(&number) {
            return number;
        }
    }
}
