# アプリケーションが求めること。
consent-title = { $client } を許可しますか？
consent-asks = { $client } がアクセスを求めています
consent-destination = 回答は { $host } に送られます
consent-destination-app = 回答はこの端末のアプリ（{ $scheme }）に送られます
consent-unverified-host = { $host } が公開しており、{ $tenant } による確認は受けていません。このサイトをご存じの場合にのみ許可してください
consent-unverified-registered = このアプリケーションは自ら登録したもので、{ $tenant } による確認は受けていません。ご存じの場合にのみ許可してください
consent-wants = 求めている権限
consent-this-once = 今回に限り求めていること
consent-sensitive = 要注意
consent-never-password = アプリケーションにパスワードが知られることはありません。
consent-take-back = この許可はいつでも取り消せます。
consent-ask = { $tenant } に問い合わせる
consent-about = { $client } について:
consent-website = ウェブサイト
consent-privacy = プライバシーポリシー
consent-terms = 利用規約

# OpenID Connect のスコープの意味。
scope-openid = あなたが誰であるかを確認する
scope-profile = 氏名などのプロフィール情報を見る
scope-email = メールアドレスを見る
scope-address = 住所を見る
scope-phone = 電話番号を見る
scope-offline_access = 不在の間もアクセスを続ける
scope-offline_access-note = アプリケーションを閉じても、あなたまたは組織が終了させるまで接続は続きます。
scope-device_sso = この端末にある同じ提供元のほかのアプリケーションにもサインインする
scope-in = { $api } で

# 今回に限り求められていることの値。
detail-yes = はい
detail-no = いいえ
detail-nothing = なし

# 回答を待っている要求。
request-title = 承認の要求
request-none = 待っている要求はありません
request-none-lead = 現在、承認を求めているアプリケーションはありません。求められているはずの場合は、別のアカウント宛てであるか、期限が過ぎた可能性があります。
request-look-again = もう一度確認する
request-headline = 承認が求められています
request-times = 要求日時 { $asked }、期限 { $until }
request-binding = アプリケーションには次の文字列が表示されているはずです。同じ文字列が表示されている場合にのみ許可してください。
request-own = ご自身で操作を始めた場合にのみ許可してください。
request-refuse = 拒否する
request-allowed = 許可しました
request-allowed-lead = アプリケーションは数秒後に自動的に先へ進みます。
request-refused = 拒否しました
request-refused-lead = アプリケーションには何も渡されていません。
request-over-title = 期限切れ
request-over = この要求は終了しました
request-over-lead = 既に回答されたか、期限が過ぎました。アプリケーションはもう一度要求できます。
request-what-else = ほかに待っている要求を見る
