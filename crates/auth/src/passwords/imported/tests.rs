//! Hashes that other programs made of one password, in every form that is accepted.

use super::*;

const PASSWORD: &str = "pässwörd 12";

const FORMS: [&str; 33] = [
    "$pbkdf2-sha1$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$q2Tgez1gqjq+/pZOKI4i1+YxGD8",
    "$pbkdf2$1000$AQIDBAUGBwgJCgsMDQ4PEA$q2Tgez1gqjq./pZOKI4i1.YxGD8",
    "$pbkdf2-sha256$29000$AQIDBAUGBwgJCgsMDQ4PEA$W0IWL8IJtHVOUgPm3K/dXJar9UE9zImpJaX7cour2Zc",
    "$pbkdf2-sha256$i=1000,l=64$AQIDBAUGBwgJCgsMDQ4PEA==$Dl3Jk6sMQDG3MtmPXB+6MPj7o/jt2tVb1DgS3KW9QTi3Ir4P9uRfgpUqYVFz0ZX3ZBe6Rv8+Pj24zw0H6ENH0g==",
    "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$Cxj15F+Yae0Nx0iiPTqGqUDwphJ4oOL6TmNxb8e1rh5RtxaryDMgukRIDFcu43QzbAc8LFCVl1YjrB2GMtkwnw",
    "{PBKDF2-SHA512}1000$AQIDBAUGBwgJCgsMDQ4PEA$Cxj15F.Yae0Nx0iiPTqGqUDwphJ4oOL6TmNxb8e1rh5RtxaryDMgukRIDFcu43QzbAc8LFCVl1YjrB2GMtkwnw",
    "pbkdf2_sha256$1000$seasalt$Pbgs2hyvHoXvz1iJ7F0tlFJmmL4k2AZ2r4Sm727u51U=",
    "pbkdf2_sha1$1000$seasalt$oV+y8yPtWcTgfi4YRjW+bFx8/5s=",
    "AQAAAAEAAAPoAAAAEAECAwQFBgcICQoLDA0ODxAOXcmTqwxAMbcy2Y9cH7ow+Puj+O3a1VvUOBLcpb1BOA==",
    "AQAAAAIAAAPoAAAAEAECAwQFBgcICQoLDA0ODxALGPXkX5hp7Q3HSKI9OoapQPCmEnig4vpOY3Fvx7WuHg==",
    "AAECAwQFBgcICQoLDA0ODxCrZOB7PWCqOr7+lk4ojiLX5jEYP9vVlDXgydOQ5zBczg==",
    "$scrypt$ln=10,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Wjv1Rf2BdRqfdMN1bS27f33h0ScxfpAmyoSRgxhQn3s",
    "scrypt$1024$seasalt$8$1$EUrB40dmmlUL+/cj/AFf47301P1cRjk74X3grUZnPhutnYUkanrO5L+78lVztY8u0wM0WG/WfzR+37z8/V9CWg==",
    "{SSHA}E0P4iuOqPu4v4GiO2F0b3ubYxQsBAgMEBQYHCA==",
    "{SSHA256}107O0G8K/yKyi2E8Ej8AoU457Wm0N8UWcrqv8uVgCwYBAgMEBQYHCA==",
    "{SSHA512}lFDcqUo+QMqnQ/vcCc6AAuwyKLA0Mq4Yjm43e0sGwfPmG9uV3Ert6P1YUI0HVDYwXUCeDNnne85dAdkS/uflugECAwQFBgcI",
    "{SMD5}s8wBxdvVqpRPG3MCik9NuAECAwQFBgcI",
    "{SHA}XmS6zg0bgy17PDcS6CfuM87dGhE=",
    "{MD5}RzjoYvCHrp+oMvnkGy/oCw==",
    "$salted-md5$o=sp$AQIDBAUGBwgJCgsMDQ4PEA$5e85de2a7297f209b02c9424bd9abc95",
    "$salted-sha1$o=ps$AQIDBAUGBwgJCgsMDQ4PEA$73f77ec3904fbeb91f56a8b227d7293ef6176ab4",
    "$salted-sha256$o=sp$AQIDBAUGBwgJCgsMDQ4PEA$Ii+we6VSshwH5N658ngehLcIdZYbNDVOL6YKJgVN0y8",
    "$salted-sha512$o=ps$AQIDBAUGBwgJCgsMDQ4PEA$nlnbmhiDklrjbgBCnHBMJdKqarD0a4uoX7K/mWBl2mnydHFGziVVs4T09HzXX6cxX1BrrxZLJWzhwD5ZCtDqDg==",
    "$salted-sha512$o=ps$$a4b0ef0df9e60fa0ec6ccaf6b565150b7a9c14b440e8a62c7655cdbd17cc9d4efa34151706e74d66ea37e2938223c745e424a7f203f8deeaafb79651b35b44dd",
    "md5$seasalt$a7c4f154021b58158c46bc562e1b205b",
    "sha1$seasalt$a9ede5217842726b019e4205553fb7b6c379bb9c",
    "$2b$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m",
    "$2y$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m",
    "$2a$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m",
    "{CRYPT}$2b$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m",
    "bcrypt$$2b$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m",
    "bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuuCTXQtzadrxBFND35KIxxlh9m6OmAbhe",
    "$7$8/..../....seasaltseasalt$AmstSHciPRuU5nVIIHDo4O0HiEzwltlF/6.ICbkKwd4",
];

#[test]
fn every_form_verifies_its_password_and_no_other() {
    for form in FORMS {
        let hash = ImportedHash::parse(form).unwrap_or_else(|| panic!("{form}"));
        assert!(hash.verify(PASSWORD.as_bytes()).expect(form), "{form}");
        assert!(!hash.verify("pässwörd 13".as_bytes()).expect(form), "{form}");
        assert!(!hash.verify(b"").expect(form), "{form}");
    }
}

#[test]
fn the_published_examples_of_scrypt_and_of_firebase_verify() {
    let seven = "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D";
    let firebase = concat!(
        "$firebase-scrypt$ln=14,r=8,ss=Bw==,",
        "sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$",
        "42xEC+ixf3L2lw==$",
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    );
    for (form, password) in [(seven, "pleaseletmein"), (firebase, "user1password")] {
        let hash = ImportedHash::parse(form).expect(form);
        assert!(hash.verify(password.as_bytes()).expect(form), "{form}");
        assert!(!hash.verify(b"user2password").expect(form), "{form}");
    }
}

#[test]
fn what_is_cut_short_lengthened_or_of_no_form_is_refused() {
    for form in FORMS {
        let Some((head, _)) = form.char_indices().nth(form.chars().count() / 2).map(|(at, _)| form.split_at(at)) else {
            panic!("{form}")
        };
        assert_eq!(ImportedHash::parse(head), None, "{head}");
        assert_eq!(ImportedHash::parse(&format!("{form}$c2FsdA")), None, "{form}");
    }
    for form in [
        "",
        "$",
        "{",
        "{SSHA}",
        "{SSHA}!!",
        "plain",
        "hunter2hunter2",
        "$1$abc$def",
        "$2b$12$short",
        "{NONE}x",
        "md5$$",
        "$x$y",
    ] {
        assert_eq!(ImportedHash::parse(form), None, "{form}");
    }
}

#[test]
fn what_would_take_seconds_or_gigabytes_is_refused() {
    let tail = "AQIDBAUGBwgJCgsMDQ4PEA$AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA0ODxA";
    let refused = [
        "$2b$15$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m".to_owned(),
        "$2b$31$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m".to_owned(),
        format!("$pbkdf2-sha256$i=2000001${tail}"),
        format!("$pbkdf2-sha256$i=0${tail}"),
        format!("$pbkdf2-sha256$i=4294967295${tail}"),
        format!("$scrypt$ln=19,r=8,p=1${tail}"),
        format!("$scrypt$ln=17,r=8,p=4${tail}"),
        format!("$scrypt$ln=64,r=8,p=1${tail}"),
        format!("$scrypt$ln=14,r=4294967295,p=4294967295${tail}"),
        format!("$scrypt$ln=0,r=8,p=1${tail}"),
    ];
    for form in refused {
        assert_eq!(ImportedHash::parse(&form), None, "{form}");
    }
    for form in [format!("$pbkdf2-sha256$i=2000000${tail}"), format!("$scrypt$ln=17,r=8,p=1${tail}")] {
        assert!(ImportedHash::parse(&form).is_some(), "{form}");
    }
}
